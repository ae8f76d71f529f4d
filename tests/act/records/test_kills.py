"""Processes that are killed at random moments, and several at once: nothing is lost, doubled or fired twice."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from killed import STEP_S, Model, Operation, held, now_of

from edge_agent.act.records import Records

PROGRAM = Path(__file__).with_name("killed.py")
ROOT = Path(__file__).parents[3]


def start(*words: object) -> subprocess.Popen[str]:
    command = [sys.executable, str(PROGRAM), *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(ROOT)})


class Life:
    """Records through many processes, beside the model of what was acknowledged."""

    def __init__(self, file: Path, seed: int, last: int) -> None:
        self.file, self.seed, self.last = file, seed, last
        self.dice = random.Random(seed)
        self.model, self.number, self.kills, self.undecided = Model(), 0, 0, 0

    def one_process(self, longest: int) -> None:
        """It does at most so many operations, and is killed up to 5 ms after one of them; a sync takes about as long.
        The last operation that it has begun is done, or it is not: the file says which, and it is one of the two."""
        kill_at = self.number + self.dice.randint(0, longest)
        with start(self.file, self.seed, self.number, self.last) as process:
            assert process.stdout
            begun: Operation | None = None
            for line in process.stdout:
                what, number, *operation = json.loads(line)
                if what == "do":
                    begun = (operation[0], operation[1])
                    continue
                assert begun
                assert number == self.number
                self._done(begun)
                begun = None
                if number == kill_at:
                    time.sleep(self.dice.random() * 0.005)
                    process.kill()
                    self.kills += 1
        assert process.returncode == (-9 if self.number < self.last else process.returncode)
        self._compare(begun)

    def _done(self, operation: Operation) -> None:
        self.model.apply(self.number, operation)
        self.number += 1

    def _compare(self, begun: Operation | None) -> None:
        records = Records(self.file)
        found = held(records)
        records.close()
        assert records.damage is None
        if found != self.model.holds() and begun:
            self.undecided += 1
            self._done(begun)
        assert found == self.model.holds(), f"after operation {self.number} of seed {self.seed}, {begun}"

    def everything_has_rung_once(self) -> None:
        """Each was given out in one transaction, and each of them rang at its time."""
        counted = Counter(self.model.fired)
        assert [each for each, count in counted.items() if count > 1] == []


def live(file: Path, seed: int, operations: int, longest: int) -> Life:
    life = Life(file, seed, operations)
    while life.number < operations:
        life.one_process(longest)
    life.everything_has_rung_once()
    return life


def test_kills_at_random_moments(tmp_path: Path) -> None:
    life = live(tmp_path / "records.db", seed=1, operations=250, longest=60)
    assert life.kills >= 3
    assert len(life.model.fired) > 10


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_twenty_thousand_operations_with_kills_at_random_moments(tmp_path: Path) -> None:
    life = live(tmp_path / "records.db", seed=2, operations=20_000, longest=60)
    assert life.kills > 300
    assert life.undecided > 0, "some were killed between the commit and the word of it"
    assert len(life.model.fired) > 1000


def test_two_processes_at_once_give_each_ring_out_once(tmp_path: Path) -> None:
    """Each adds timers of its own, in its own time, and takes what is due of both."""
    file = tmp_path / "records.db"
    program = """
import sys
from datetime import timedelta
from pathlib import Path
from killed import BEGIN
from edge_agent.act.records import Records

records = Records(Path(sys.argv[1]))
for number in range(60):
    now = BEGIN + timedelta(seconds=number)
    records.add_timer(1 + number % 3, now, f"{sys.argv[2]} {number}")
    for ring in records.due(now):
        print(ring.text)
"""
    env = {"PYTHONPATH": f"{ROOT}:{PROGRAM.parent}"}
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(file), name], stdout=subprocess.PIPE, text=True, env=env)
        for name in ("a", "b")
    ]
    rung = [line for process in running for line in process.communicate(timeout=60)[0].splitlines()]
    assert [process.returncode for process in running] == [0, 0]
    rung += [ring.text for ring in Records(file).due(now_of(60 * STEP_S))]
    assert sorted(rung) == sorted(f"{name} {number}" for name in "ab" for number in range(60))


def test_the_model_would_notice(tmp_path: Path) -> None:
    life = live(tmp_path / "records.db", seed=3, operations=60, longest=100)
    records = Records(life.file)
    spoiled = [
        "UPDATE countdowns SET due = due + 1, left_s = left_s + 1",
        "UPDATE calls SET next = '2027-01-01T00:00:00'",
        "DELETE FROM items",
        "DELETE FROM facts",
    ]
    for spoil in spoiled:
        before = held(records)
        with records._changing() as connection:
            assert connection.execute(spoil).rowcount
        assert held(records) != before, spoil
