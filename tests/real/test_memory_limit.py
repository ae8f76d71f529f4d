"""Short of memory: the kernel ends a worker and not the agent, which lives on or says what mends it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from memory_group import MemoryGroup, memory_group

GREEDY = Path(__file__).with_name("greedy_worker.py")


@pytest.fixture
def group() -> Iterator[MemoryGroup]:
    with memory_group() as made:
        yield made


def test_the_worker_dies_and_another_takes_its_place(group: MemoryGroup) -> None:
    group.limit(300)
    agent = group.run(sys.executable, str(GREEDY))
    assert agent.returncode == 0, agent.stderr
    assert json.loads(agent.stdout) == {"lost": True, "answers_again": True, "is_another": True}
    assert group.ended() == 1


@pytest.mark.model
def test_models_that_do_not_fit_are_a_clear_error(group: MemoryGroup, speech: Path, tmp_path: Path) -> None:
    group.limit(250)  # the three workers of `tiny` take more than twice as much
    question = str(speech / "googlespeech_brooklyn_bridge.flac")
    command = ["talk", "--profile", "tiny", "--input", question, "--output", str(tmp_path / "answer.wav")]
    agent = group.run(sys.executable, "-m", "edge_agent", *command)
    assert agent.returncode == 1, agent.stderr
    assert "memory may have run out" in agent.stderr
    assert "To mend it:" in agent.stderr
    assert "Traceback" not in agent.stderr
    assert not list(tmp_path.iterdir()), "half an answer is left"
    assert group.ended() >= 1
