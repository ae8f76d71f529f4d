"""Where an answer ends, whatever the model writes: without end, in a circle, in one piece, in no known characters."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.clock import ManualClock
from edge_agent.think.pieces import LONGEST_TOKEN, Limits, Pieces, without_thoughts
from edge_agent.think.sentences import SentenceStream
from edge_agent.think.unspoken import Unspoken

NEW = range(1000, 2000)


def as_byte(token: int) -> bytes:
    return bytes([97 + token % 26])


def pieces_of(limits: Limits, clock: ManualClock | None = None) -> Pieces:
    return Pieces(as_byte, limits, clock or ManualClock())


@given(st.integers(1, 64), st.lists(st.sampled_from(NEW), unique=True, max_size=30))
def test_a_circle_of_any_length_ends_in_its_third_round(period: int, before: list[int]) -> None:
    limits = Limits(max_tokens=100_000, max_s=1e9)
    pieces = pieces_of(limits)
    list(pieces.read(itertools.chain(before, itertools.cycle(range(period)))))
    assert pieces.cut
    assert len(pieces.ids) - len(before) <= 2 * period + limits.loop_tokens


@given(st.integers(1, 64))
def test_said_twice_is_no_circle(period: int) -> None:
    pieces = pieces_of(Limits(max_tokens=100_000, max_s=1e9))
    list(pieces.read([*range(max(8, period)), *range(max(8, period))]))
    assert not pieces.cut


def test_an_answer_without_end_is_cut_by_tokens_and_by_time() -> None:
    pieces = pieces_of(Limits(max_tokens=160, max_s=30))
    list(pieces.read(itertools.count()))
    assert (len(pieces.ids), pieces.cut) == (160, True)

    clock = ManualClock()

    def slow() -> Iterator[int]:
        for token in itertools.count():
            clock.sleep_until(clock.now() + 1)
            yield token

    pieces = pieces_of(Limits(max_tokens=160, max_s=30), clock)
    list(pieces.read(slow()))
    assert (len(pieces.ids), pieces.cut) == (30, True)


def test_one_giant_token_is_not_read_to_its_end() -> None:
    pieces = Pieces(lambda token: b"word " * 1_000_000, Limits(max_tokens=160, max_s=30), ManualClock())
    assert len("".join(pieces.read([1]))) == LONGEST_TOKEN


@given(st.lists(st.binary(max_size=8), max_size=30))
def test_any_bytes_become_text(tokens: list[bytes]) -> None:
    pieces = Pieces(tokens.__getitem__, Limits(max_tokens=160, max_s=30), ManualClock())
    text = "".join(pieces.read(range(len(tokens)), ["<|im_end|>"]))
    text.encode()  # no surrogates
    stream, unspoken = SentenceStream(), Unspoken()
    sentences = [*stream.push(unspoken.push(text)), *stream.push(unspoken.finish()), *stream.finish()]
    assert sentences[-1].last


@pytest.mark.parametrize("text", ["", "<think>", "<think>" + "Let me see. " * 500, "<think>a<think>b", "<thi"])
def test_of_thoughts_without_end_nothing_is_spoken_and_there_is_one_end(text: str) -> None:
    stream, unspoken = SentenceStream(), Unspoken()
    sentences = [*stream.push(unspoken.push(text)), *stream.push(unspoken.finish()), *stream.finish()]
    assert [sentence.last for sentence in sentences] == [True]
    assert not sentences[0].text or text == "<thi"
    assert not "".join(without_thoughts([text])) or text == "<thi"
