"""Voice: trimming and blocks do not depend on how the sound arrives, and an opener that comes again is kept."""

import re
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.interfaces import Chunk
from edge_agent.speak.cache import MAX_SAMPLES, FragmentCache
from edge_agent.speak.playback import AnswerPlayed
from edge_agent.speak.voice import AUDIBLE, LEAD_S, TAIL_S, Voice, blocks, trimmed
from edge_agent.types import Samples, Sentence, WordEnd
from tests.rigs.fakes import ToneTts

RATE_HZ = 1000
SPANS = st.lists(st.tuples(st.integers(0, 400), st.booleans()), max_size=6)
CUTS = st.lists(st.integers(0, 2400), max_size=6)


def sound_of(spans: list[tuple[int, bool]]) -> Samples:
    """A ramp where a span is audible, so that no two samples are alike; silence where it is not."""
    loud = np.concatenate([np.zeros(0, bool), *(np.full(n, audible) for n, audible in spans)])
    return np.where(loud, 2 * AUDIBLE + np.arange(len(loud)) / 10_000, 0).astype(np.float32)


def chunked(sound: Samples, cuts: list[int]) -> Iterator[Chunk]:
    edges = [0, *sorted(min(cut, len(sound)) for cut in cuts if cut < len(sound)), len(sound)]
    for begin, end in pairwise(edges):
        yield Chunk(sound[begin:end], len(sound) - end)


def joined(chunks: Iterator[Chunk]) -> Samples:
    return np.concatenate([np.zeros(0, np.float32), *(chunk.samples for chunk in chunks)])


@given(SPANS, CUTS)
def test_trimming_does_not_depend_on_chunks(spans, cuts):
    sound = sound_of(spans)
    kept = joined(trimmed(chunked(sound, cuts), RATE_HZ))
    assert np.array_equal(kept, joined(trimmed([Chunk(sound, 0)], RATE_HZ)))
    loud = np.flatnonzero(sound)
    if len(loud):
        first = max(0, loud[0] - round(LEAD_S * RATE_HZ))
        assert np.array_equal(kept, sound[first : loud[-1] + 1 + round(TAIL_S * RATE_HZ)])
    else:
        assert not len(kept)


@given(SPANS, CUTS)
def test_blocks_are_whole_and_only_the_last_ends_the_sentence(spans, cuts):
    sound, sentence = sound_of(spans), Sentence(0, "one two", True)
    made = list(blocks(sentence, trimmed(chunked(sound, cuts), RATE_HZ), RATE_HZ))
    whole = joined(trimmed([Chunk(sound, 0)], RATE_HZ))
    assert np.array_equal(np.concatenate([block.samples for block in made]), whole)
    assert [block.position for block in made] == [20 * i for i in range(len(made))]
    assert all(len(block.samples) == 20 for block in made[:-1])
    assert [block.ends_sentence for block in made] == [False] * (len(made) - 1) + [True]
    assert all(block.total >= len(whole) for block in made)
    assert made[-1].total == len(whole)


def test_the_first_blocks_are_there_before_the_rest_is_made():
    made = list[int]()

    def chunks() -> Iterator[Chunk]:
        for i in range(3):
            made.append(i)
            yield Chunk(np.full(100, 0.5, np.float32), 100 * (2 - i))

    stream = blocks(Sentence(0, "one two three", True), trimmed(chunks(), RATE_HZ), RATE_HZ)
    first = next(stream)
    assert made == [0]
    assert first.total == 300
    played = AnswerPlayed()
    played.note(first)
    assert played.text() == ""


class CountedTts:
    rate_hz = RATE_HZ

    def __init__(self) -> None:
        self.said, self.speeds = list[str](), list[float]()

    def stream(self, text: str, speed: float = 1.0) -> Iterator[Chunk]:
        self.said.append(text)
        self.speeds.append(speed)
        sound = np.full(100 * len(text.split()), 0.1 * len(self.said), np.float32)
        ends = tuple(WordEnd(match.end(), 100 * (i + 1)) for i, match in enumerate(re.finditer(r"\S+", text)))
        yield from (chunk._replace(words=ends) for chunk in chunked(sound, [70]))


def test_an_opener_that_comes_again_is_not_made_again_and_is_marked():
    tts = CountedTts()
    voice = Voice(tts, keep=4)
    first, again = (list(voice.speak(Sentence(0, "Sure,", False))) for _ in range(2))
    assert tts.said == ["Sure,"]
    assert not any(block.cached for block in first)
    assert all(block.cached for block in again)
    assert np.array_equal(*(np.concatenate([b.samples for b in take]) for take in (first, again)))
    assert again[-1].ends_sentence
    assert {block.words for block in first + again} == {(WordEnd(5, 100),)}


def test_an_opener_is_kept_at_the_speed_it_was_said_at():
    tts = CountedTts()
    voice = Voice(tts, keep=4)
    for speed in (1.0, 1.5, 1.0, 1.5):
        list(voice.speak(Sentence(0, "Sure,", False), speed=speed))
    assert tts.speeds == [1.0, 1.5]


@given(st.integers(0, 300), CUTS)
def test_the_ends_of_words_move_with_the_silence_in_front(silent, cuts):
    sound = sound_of([(silent, False), (200, True)])
    ends = (WordEnd(3, silent), WordEnd(7, silent + 150))
    kept = max(0, silent - round(LEAD_S * RATE_HZ))
    for chunk in trimmed((c._replace(words=ends) for c in chunked(sound, cuts)), RATE_HZ):
        assert chunk.words == (WordEnd(3, silent - kept), WordEnd(7, silent + 150 - kept))


def test_the_words_are_those_that_were_written():
    (block, *_) = Voice(CountedTts()).speak(Sentence(1, "It is $5 now", True))
    assert block.words == (WordEnd(2, 100), WordEnd(5, 200), WordEnd(8, 400), WordEnd(12, 500))


@pytest.mark.parametrize(
    ("keep", "sentence"),
    [(0, Sentence(0, "Sure,", False)), (4, Sentence(1, "Sure,", False)), (4, Sentence(0, "a b c d e f", False))],
)
def test_what_is_no_short_opener_is_made_anew(keep, sentence):
    tts = CountedTts()
    voice = Voice(tts, keep=keep)
    takes = [list(voice.speak(sentence)) for _ in range(2)]
    assert len(tts.said) == 2
    assert not any(block.cached for take in takes for block in take)


def test_openers_are_rendered_ahead_when_idle_each_once():
    tts = CountedTts()
    voice = Voice(tts, keep=2, openers=("Yes,", "Sure,", "Never,"))
    assert not any(block.cached for block in voice.speak(Sentence(0, "Sure,", False)))
    assert [voice.idle() for _ in range(3)] == [True, False, False]
    assert tts.said == ["Sure,", "Yes,"]
    assert all(block.cached for text in ("Yes,", "Sure,") for block in voice.speak(Sentence(0, text, False)))


def test_an_opener_that_cannot_be_said_costs_nothing():
    voice = Voice(ToneTts(), keep=2, openers=("unspeakable", "Yes,"))
    assert [voice.idle() for _ in range(3)] == [True, True, False]
    assert any(block.cached for block in voice.speak(Sentence(0, "Yes,", False)))


def test_a_voice_that_keeps_nothing_renders_nothing_ahead():
    assert not Voice(CountedTts(), openers=("Yes,",)).idle()


def test_an_opener_cut_off_is_not_kept():
    tts = CountedTts()
    voice = Voice(tts, keep=4)
    stream = voice.speak(Sentence(0, "Sure,", False))
    next(stream)
    stream.close()
    assert not any(block.cached for block in voice.speak(Sentence(0, "Sure,", False)))


@given(st.lists(st.integers(0, 9), max_size=40), st.integers(1, 5))
def test_the_cache_drops_the_one_asked_for_least_often_and_then_the_oldest(asked, size):
    cache, model = FragmentCache(size), dict[int, int]()
    for number in asked:
        kept = cache.get(str(number))
        assert (kept is not None) == (str(number) in cache) == (number in model)
        if kept is None:
            cache.keep(str(number), Chunk(np.full(1, number, np.float32), 0))
            if len(model) == size:
                del model[min(model, key=lambda n: model[n])]
            model[number] = 0
        else:
            assert kept.samples[0] == number
            model[number] += 1
    assert len(cache) == len(model)


def test_the_cache_refuses_what_is_long_or_silent():
    cache = FragmentCache(2)
    cache.keep("long", Chunk(np.zeros(MAX_SAMPLES + 1, np.float32), 0))
    cache.keep("silent", Chunk(np.zeros(0, np.float32), 0))
    assert len(cache) == 0
