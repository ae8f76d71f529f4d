"""A spoken turn over a real socket, and idle sessions, with real models in a server of its own process."""

import pytest

from edge_agent.bench.clips import read_clips
from tests.rigs.bench.serve_turns import idle_cost, play, server

pytestmark = [pytest.mark.model, pytest.mark.slow]


def test_a_spoken_turn_is_answered_and_idle_sessions_are_cheap(speech):
    clips, _ = read_clips([speech / "manifest.jsonl"])
    clip = next(clip for clip in clips if "whattimeisit" in clip.path.name)
    flags = ["--profile", "small", "--set", "speak.cache_fragments=0"]  # openers rendered ahead are no session's cost
    with server(flags) as (url, pid):
        idle = idle_cost(url, pid)
        row = play(clip, url)
    assert not row["missed"], row
    assert row["v2v_s"] < 8, row
    assert idle["rss_mb"] < 10
    assert idle["cpu_share"] - idle["cpu_share_without"] < 0.01
