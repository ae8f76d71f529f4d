"""Latency: the stages of a turn on one scale, as a person reads them."""

from __future__ import annotations

from edge_agent.types import Turn
from edge_agent.watch.latency import Latency, Stage, stages, timeline

MARKS = {"speech_end": 10.0, "soft_end": 10.06, "heard": 10.2, "commit": 10.36, "play": 10.36}


def test_stages_begin_at_the_end_of_speech_and_only_what_was_measured_is_one() -> None:
    found = [(stage.name, round(stage.start_s, 3), round(stage.seconds, 3)) for stage in stages(MARKS)]
    assert found == [("VAD", 0.0, 0.06), ("ASR", 0.06, 0.14), ("hold", 0.06, 0.3), ("wait", 0.36, 0.0)]


def test_a_timeline_has_one_scale() -> None:
    assert timeline(MARKS, width=36).splitlines() == [
        "  VAD       0 ms ██████                                   60 ms",
        "  ASR      60 ms       ██████████████                    140 ms",
        "  hold     60 ms       ██████████████████████████████    300 ms",
        "  wait    360 ms                                     █     0 ms",
    ]
    assert timeline({"speech_end": 0.0}) == "(no stages were measured)"
    assert stages({"speech_end": 0.0, "soft_end": -0.03}) == [], "the ears were ahead of it"
    assert stages({"speech_end": 0.0, "soft_end": 0.5}) == [Stage("VAD", 0.0, 0.5)]


def test_of_the_drafts_of_a_turn_the_committed_one_counts() -> None:
    latency = Latency()
    for draft, name in ((1, "think"), (2, "think"), (2, "commit")):
        latency(Turn(7, draft), name, float(draft))
    latency(Turn(7, 2), "think", 9.0)
    assert latency.turns() == {7: {"think": 2.0, "commit": 2.0}}, "a mark is made once"
    assert latency.thrown_away(7) == 1


def test_a_conversation_of_months_does_not_grow() -> None:
    latency = Latency(most=3)
    for number in range(100):
        latency(Turn(number, 1), "think", 0.0)
        latency(Turn(number, 1), "commit", 1.0)
    assert list(latency.turns()) == [97, 98, 99]
