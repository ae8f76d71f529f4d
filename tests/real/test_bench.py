"""The benches that hold whole conversations, on real models: that they measure what they say."""

import pytest

from edge_agent import build
from edge_agent.bench.clips import read_clips
from edge_agent.bench.history import player
from edge_agent.bench.turns import judged
from edge_agent.config import load
from edge_agent.events import HeardText
from tests.rigs.bench.barge import bench_barge

pytestmark = pytest.mark.model


def named(name, speech):
    clips, _ = read_clips([speech / "manifest.jsonl"])
    return next(clip for clip in clips if name in clip.path.name)


def briefs():
    return build.briefs(load())


@pytest.fixture
def clip(speech):
    return named("whattimeisit", speech)


def test_an_interruption_stops_the_sound(engines, speech, everything):
    """Before it is decided by its words, of which a first look is taken after 0.6 s, or else by its length. A breath
    before the first word would do it too soon for this."""
    # On a busy machine the voice gets ahead of what sounds only after a while, and an onset may fall into a gap.
    result = bench_barge((3 if everything else 1) * [named("brooklyn_bridge", speech)], engines, briefs, wait_s=2.0)
    measured = [row for row in result["rows"] if row["stop_s"] is not None]
    assert measured, result
    assert result["summary"]["missed"] == 0, result
    assert all(row["stop_s"] < 0.6 for row in measured), result
    assert all(row["stop_s"] < row["decision_s"] < 2.5 for row in measured), result


@pytest.mark.slow
def test_a_conversation_goes_on_beyond_what_the_context_holds(engines, clip):
    """A hundred turns are some 6,000 tokens of 2,048."""
    play = player(engines, briefs, turns=100)
    takes = [play(clip) for _ in range(2)]
    heard = [event for take in takes for event in take.events if isinstance(event, HeardText)]
    assert [event.turn for event in heard] == [101, 102]
    assert all("time" in event.text.lower() for event in heard)
    rows = [judged(clip, take) for take in takes]
    assert all(row["v2v_s"] and row["v2v_s"] < 8 for row in rows), rows
