"""The figures of whole turns, on scripted conversations whose times are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge_agent.agent.briefs import Briefs
from edge_agent.bench.clips import Clip
from edge_agent.bench.history import past, player
from edge_agent.bench.play import Rendered, Take, play_clip
from edge_agent.bench.turns import bench_turns, judged
from edge_agent.events import HeardText
from edge_agent.lines.audio_file import write_wav
from edge_agent.speak.apology import Apology
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, Json, Turn
from edge_agent.watch.latency import Latency
from tests.rigs.fakes import HOLD, VOICE_RATE_HZ, Scene, ScriptedWriter, Tape, ToneTts, play, thread_names

FRAME_S = HEAR_FRAME / HEAR_RATE_HZ


def clip(speech_end_s: float, transcript: str | None = "how old are you", name: str = "a.wav") -> Clip:
    return Clip("set", Path(name), speech_end_s, transcript, "en")


def take(scene: Scene) -> Take:
    """A scene, played in the caller's thread on its own clock: the same figures every time."""
    tape, latency = Tape(scene.samples()), Latency()
    marks: dict[Turn, dict[str, float]] = {}

    def on_mark(turn: Turn, name: str, at_s: float) -> None:
        latency(turn, name, at_s)
        marks.setdefault(turn, {})[name] = at_s

    silent = replace(scene.engines(), apology=Apology(VOICE_RATE_HZ, volume=0))
    found = play(tape, silent, on_mark=on_mark)
    return Take(found.events, latency, tape.sound(), VOICE_RATE_HZ, cpu_s=0.5, marks=marks)


def answered(first_sound_s: float, text: str = "how old are you") -> Take:
    """A take by hand: committed and played at once, the first sound at the given time."""
    latency = Latency()
    for name in ("speech_end", "commit", "play"):
        latency(Turn(1, 0), name, first_sound_s - 0.05)
    tone = np.pad(ToneTts().synthesize("one two"), (round(first_sound_s * VOICE_RATE_HZ), 0))
    heard = HeardText(1, first_sound_s - 0.05, text, "en")
    return Take([heard], latency, tone, VOICE_RATE_HZ, cpu_s=first_sound_s)


def test_an_answered_turn() -> None:
    scene = Scene().user(0.5, 1.5, "how old are you").reply("how old are you", "I am new here.")
    row = judged(clip(1.5), take(scene))
    assert HOLD.short_s <= row["v2v_s"] <= HOLD.max_s
    assert row["first_sound_s"] == pytest.approx(1.5 + row["v2v_s"])
    assert (row["cut_off"], row["cut_off_audibly"], row["missed"], row["error"]) == (
        False,
        False,
        False,
        None,
    )
    assert (row["heard"], row["drafts"], row["thrown_away"]) == (["how old are you"], 1, 0)
    hold = next(stage for stage in row["stages"] if stage["name"] == "hold")
    assert hold["start_s"] + hold["seconds"] == pytest.approx(row["commit_s"])
    assert row["commit_s"] <= row["v2v_s"] <= row["commit_s"] + 2 * FRAME_S


def test_stages_count_from_the_annotated_end_of_speech() -> None:
    scene = Scene().user(0.5, 1.5, "how old are you")
    near, far = (judged(clip(end_s), take(scene))["stages"] for end_s in (1.5, 1.25))
    assert [b["start_s"] - a["start_s"] for a, b in zip(near, far, strict=True)] == pytest.approx([0.25] * len(near))


def test_a_draft_thrown_away_is_counted_and_is_no_cut_off() -> None:
    scene = Scene().user(0.5, 1.5, "how old").user(1.8, 2.5, "are you")
    row = judged(clip(2.5), take(scene))
    assert (row["drafts"], row["thrown_away"], row["cut_off"]) == (2, 1, False)
    (dropped,) = row["dropped"]
    assert dropped["soft_end_s"] == pytest.approx(1.6 - 2.5, abs=2 * FRAME_S)
    assert dropped["stages"]
    assert row["v2v_s"] > 0
    assert row["heard"] == ["how old are you"]


def test_a_turn_ended_before_the_last_word_is_a_cut_off_and_has_no_latency() -> None:
    scene = Scene().user(0.5, 1.5, "how old").user(2.5, 3.5, "are you").reply("how old", "I am " + "very " * 30)
    row = judged(clip(3.5), take(scene))
    assert (row["cut_off"], row["cut_off_audibly"], row["v2v_s"]) == (True, True, None)
    assert row["heard"] == ["how old", "are you"]
    assert row["first_sound_s"] > 3.5  # the answer to the last words, not to the first


def test_a_cut_off_counts_even_if_nothing_of_its_answer_was_heard() -> None:
    scene = Scene().user(0.5, 1.5, "how old").user(2.5, 3.5, "are you").reply("how old", "broken")
    row = judged(clip(3.5), take(scene))
    assert (row["cut_off"], row["cut_off_audibly"]) == (True, False)


@pytest.mark.parametrize(("early_s", "cut_off"), [(0.05, False), (0.15, True)])
def test_a_commit_within_the_error_of_the_annotation_is_no_cut_off(early_s: float, cut_off: bool) -> None:
    made = answered(2.0)
    row = judged(clip(1.95 + early_s), made)
    assert row["cut_off"] is cut_off


def test_no_words_and_no_answer_are_missed_turns() -> None:
    noise = judged(clip(1.5), take(Scene().user(0.5, 1.5, "noise")))
    assert (noise["missed"], noise["heard"], noise["stages"], noise["v2v_s"]) == (True, [], [], None)
    failed = judged(clip(1.5), take(Scene().user(0.5, 1.5, "hello").reply("hello", "broken")))
    assert (failed["missed"], failed["heard"], failed["error"]) == (True, ["hello"], "the mind is broken")


def bench(takes: Sequence[Take], clips: Sequence[Clip], repeat: int = 1) -> Json:
    left = list(takes)
    return bench_turns(clips, lambda _: left.pop(0), repeat=repeat)


def test_the_cold_turn_stands_apart() -> None:
    result = bench([answered(s) for s in (4.0, 1.5, 1.7, 1.9)], [clip(1.0), clip(1.0)], repeat=2)
    assert [row["cold"] for row in result["rows"]] == [True, False, False, False]
    assert result["cold"]["v2v_s"] == pytest.approx(3.0, abs=0.001)
    v2v = result["summary"]["v2v_s"]
    assert (v2v["median"], v2v["max"]) == pytest.approx((0.7, 0.9), abs=0.001)
    assert result["summary"]["measured"] == 3
    assert result["summary"]["cpu_s_per_turn"] == pytest.approx(1.7)


def test_cut_offs_leave_the_median_and_enter_the_rate() -> None:
    result = bench([answered(s) for s in (1.5, 1.6, 0.5, 1.6)], [clip(1.0)] * 4)
    assert result["summary"]["v2v_s"]["max"] == pytest.approx(0.6, abs=0.001)
    assert (result["summary"]["cut_off"], result["summary"]["cut_off_rate"]) == (1, 0.25)


def test_word_errors_over_the_clips_that_have_a_transcript() -> None:
    silent = Take([], Latency(), np.zeros(100, np.float32), VOICE_RATE_HZ, 0.1)
    clips = [clip(1.0), clip(1.0, transcript=None), clip(1.0, "two words")]
    wer = bench([answered(1.5, "how bold are you"), answered(1.5), silent], clips)["summary"]["wer"]
    assert wer == {"rate": 3 / 6, "errors": 3, "words": 6, "turns": 2}
    assert bench([answered(1.5)], [clip(1.0, transcript=None)])["summary"]["wer"] is None


def test_the_longest_stall_of_any_turn_is_told() -> None:
    takes = [replace(answered(1.5), stall_s=stall_s) for stall_s in (0.01, 2.5, 0.02)]
    result = bench(takes, [clip(1.0)] * 3)
    assert result["summary"]["longest_stall_s"] == 2.5
    assert [row["stall_s"] for row in result["rows"]] == [0.01, 2.5, 0.02]


def test_one_clip_alone_is_cold_and_has_no_warm_latency() -> None:
    summary = bench([answered(1.5)], [clip(1.0)])["summary"]
    assert (summary["v2v_s"], summary["measured"], summary["drafts_per_turn"]) == (None, 0, None)


def test_sound_from_a_cache_is_no_content() -> None:
    made = take(Scene().user(0.5, 1.5, "how old are you").reply("how old are you", "Well, well, well,", "I am new."))
    plain = judged(clip(1.5), made)
    assert plain["v2v_content_s"] == plain["v2v_s"]
    assert plain["work"] == {"speech_s": 1.5, "words": 4, "fragment_words": 3, "fragment_s": 0.0}
    rendered = {(0, "Well, well, well,"): Rendered(0.3, cached=True), (1, "I am new."): Rendered(0.3, cached=False)}
    half = judged(clip(1.5), replace(made, rendered=rendered))
    assert half["v2v_s"] == plain["v2v_s"]
    assert half["v2v_content_s"] == pytest.approx(plain["v2v_s"] + 0.3, abs=2 * FRAME_S)
    assert half["work"]["fragment_s"] == 0, "nothing was rendered for it"
    none = judged(clip(1.5), replace(made, rendered={key: Rendered(0.3, cached=True) for key in rendered}))
    assert (none["v2v_s"], none["v2v_content_s"]) == (plain["v2v_s"], None)


def test_a_bench_can_begin_in_the_middle_of_a_conversation(tmp_path: Path) -> None:
    scene = Scene().user(0.1, 0.6, "how old are you")
    write_wav(tmp_path / "a.wav", scene.samples(), HEAR_RATE_HZ)
    engines = scene.engines()
    play_next = player(engines, lambda: Briefs(""), turns=7)
    takes = [play_next(Clip("set", tmp_path / "a.wav", 0.6, None, "en")) for _ in range(2)]
    assert [[event.turn for event in made.events if isinstance(event, HeardText)] for made in takes] == [[8], [9]]
    assert isinstance(engines.writer, ScriptedWriter)
    histories = [[message.text for message in history] for _, history in engines.writer.asked]
    assert histories == [[said.text for said in past(turns)] for turns in (7, 8)]
    assert [said.turn for said in past(8)] == sorted(2 * list(range(1, 9)))


def test_clips_are_played_in_real_time_each_in_a_conversation_of_its_own(tmp_path: Path) -> None:
    scene = Scene().user(0.1, 0.6, "how old are you").reply("how old are you", "very " * 80)
    write_wav(tmp_path / "a.wav", scene.samples(), HEAR_RATE_HZ)
    engines, before = scene.engines(), thread_names()
    for _ in range(2):
        made = play_clip(Clip("set", tmp_path / "a.wav", 0.6, None, "en"), engines, Briefs(""))
        row = judged(clip(0.6), made)
        assert row["heard"] == ["how old are you"]
        assert HOLD.short_s - FRAME_S <= row["v2v_s"] < 5  # a slow machine is late, but never early
        assert len(made.sound) / made.rate_hz < 7  # of 8 s of answer only the beginning was listened to
        assert [rendered.cached for rendered in made.rendered.values()] == [False]
        assert row["v2v_content_s"] == row["v2v_s"]
        assert thread_names() == before
