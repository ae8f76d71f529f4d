"""What `scripts/run` does without a microphone: three commands in a file get the right answers."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.model, pytest.mark.slow]


def test_the_demonstration_tells_the_time_sets_a_timer_and_knows_what_is_left(tmp_path: Path) -> None:
    talk = [sys.executable, "-m", "edge_agent", "talk", "--profile", "small", "--fast"]
    files = ["--input", str(ROOT / "examples" / "commands.wav"), "--events", str(tmp_path / "events.jsonl")]
    state = {"STATE_DIRECTORY": str(tmp_path / "state")}
    subprocess.run([*talk, *files], check=True, timeout=180, env={**os.environ, **state}, capture_output=True)
    events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert [event["by"] for event in events if event["type"] == "did"] == ["skill:clock", *["skill:timers"] * 2]
    clock, timer, left = [event["text"] for event in events if event["type"] == "saying"]
    assert re.fullmatch(r"It is \d+:\d\d [AP]M\.", clock)
    assert timer == "Timer set for 5 minutes."
    assert re.fullmatch(r"(4 minutes and \d\d seconds|5 minutes) left\.", left)
