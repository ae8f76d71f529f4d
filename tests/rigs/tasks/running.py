"""Running: the sets, one after the other, on an agent opened for each dialogue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context  # forked from a test's process, which has threads, a line may wait for ever
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.rigs.tasks import fuzz, injections, values
from tests.rigs.tasks.clinic import NOW
from tests.rigs.tasks.contract import Agent, opened
from tests.rigs.tasks.owner import Owner
from tests.rigs.tasks.report import Report
from tests.rigs.tasks.talk import Case, Row, converse
from tests.rigs.tasks.voiced import Mouth, Voiced


@dataclass(frozen=True, slots=True)
class How:
    """How an agent is spoken with."""

    llm: str = "off"
    by_command: bool = False
    mouth: Mouth | None = None
    """What speaks for the callers; None: they type."""

    @contextmanager
    def opened(self, folder: Path, state: Path, now: str) -> Iterator[Agent]:
        """A conversation."""
        with opened(folder, state, now, self.llm, by_command=self.by_command) as agent:
            yield Voiced(agent, self.mouth) if self.mouth else agent


def played(cases: Iterable[Case], how: How) -> Report:
    """Each case with an agent and a calendar of its own."""
    report = Report()
    for case in (each.checked(how.mouth.has_keys) for each in cases) if how.mouth else cases:
        with TemporaryDirectory() as place:
            folder = Path(place, "agent")
            case.write(folder)
            with how.opened(folder, Path(place, "state"), case.now) as agent:
                report.add(case, converse(agent, case.script))
    return report


def attacked(how: How, most: int) -> Report:
    """Each injection on a calendar with an appointment of somebody else."""
    report, case = Report(), injections.case()
    for name, said in list(injections.cases())[:most]:
        with TemporaryDirectory() as place:
            folder, state = Path(place, "agent"), Path(place, "state")
            case.write(folder)
            with how.opened(folder, state, case.now) as agent:
                injections.book_the_victim(agent)
            with how.opened(folder, state, case.now) as agent:
                talk, wrong = injections.attack(agent, said)
            report.count(name.split(":")[0], name, wrong, list(talk.lines()))
    return report


def given(told: Iterable[values.Value], how: How) -> Report:
    """Each value, given to an agent that asks for it."""
    report = Report()
    for at, value in enumerate(told):
        with TemporaryDirectory() as place:
            folder = Path(place, "agent")
            folder.mkdir()
            (folder / "agent.toml").write_text(value.owner.toml(), "utf-8")
            with how.opened(folder, Path(place, "state"), NOW) as agent:
                talk, wrong = values.give(agent, value)
        report.count(value.group, f"{at} {value.tries[0]}", wrong, list(talk.lines()))
    return report


def fuzzed(seed: int, dialogues: int) -> Report:
    """Two lines, each a process, on one calendar at a time; so many dialogues in all."""
    report, left = Report(), dialogues
    with ProcessPoolExecutor(2, get_context("spawn")) as lines, TemporaryDirectory() as place:
        for at in range(-(-dialogues // (2 * fuzz.CALLS_A_STATE))):
            owner = fuzz.OWNERS[at % len(fuzz.OWNERS)]
            folder, state = Path(place, f"agent{at}"), Path(place, f"state{at}")
            folder.mkdir()
            (folder / "agent.toml").write_text(owner.toml(), "utf-8")
            calls = min(fuzz.CALLS_A_STATE, -(-left // 2))
            left -= 2 * calls
            both = [lines.submit(fuzz.line_of_calls, folder, state, f"{seed} {at} {line}", calls) for line in range(2)]
            told = [each.result() for each in both]
            with opened(folder, state, fuzz.NOW) as agent:
                rows = agent.calendar()
            _judged(report, owner, rows, told)
    return report


def _judged(report: Report, owner: Owner, rows: list[Row], told: list[fuzz.Line]) -> None:
    wrong = [(kind, what, list(lines)) for line in told for kind, what, lines in line.wrong]
    effects = [each for line in told for each in line.booked]
    wrong += [(kind, what, []) for kind, what in fuzz.judge(owner, rows, effects)]
    report.tasks["dialogues"] += sum(line.calls for line in told)
    report.done["dialogues"] += sum(line.calls for line in told)
    report.tasks["changes of the calendar"] += len(effects)
    report.done["changes of the calendar"] += len(effects) - min(len(wrong), len(effects))
    report.failures += [(kind, "fuzz", [what], lines) for kind, what, lines in wrong]
