"""Files that no command of the sweep writes: failed starts, names of devices, results of a bench. Whatever fails, they
are the old or the new."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import program
import pytest
from seams import SEAMS, Fault, injected

from edge_agent.bench import report
from edge_agent.errors import InputError
from edge_agent.life.starts import SILENT, Failed, Starts
from edge_agent.lines.known import KnownNames


@dataclass(frozen=True)
class Keeper:
    """`before` makes the old; `writes` is what may fail; `holds` raises where it is neither the old nor the new."""

    name: str
    before: Callable[[Path], object]
    writes: Callable[[Path], object]
    holds: Callable[[Path], None]


def starts(home: Path) -> Starts:
    return Starts(home / "state")


def begun_once_more(home: Path) -> None:
    assert starts(home).begin() in (Failed(1, SILENT), Failed(2, SILENT))


def blamed(home: Path) -> None:
    assert starts(home).begin() in (Failed(0, ""), Failed(1, SILENT), Failed(1, "it ended with code 1"))


def settled(home: Path) -> None:
    assert starts(home).begin() in (Failed(1, SILENT), Failed(0, ""))


def both_known(home: Path) -> None:
    known = KnownNames(home / "state")
    assert known.has("input", "USB Microphone"), "the old name is lost"
    known.add("input", "Headset")
    assert known.has("input", "Headset")
    written = (home / "state" / "devices").read_text().splitlines()
    assert set(written) == {"input USB Microphone", "input Headset"}


def begin(home: Path) -> None:
    starts(home).begin()


def begin_and_blame(home: Path) -> None:
    failing = starts(home)
    failing.begin()
    failing.blame("it ended with code 1")


def write_result(home: Path, what: str) -> None:
    with suppress(InputError):
        report.prepare(home)
        report.write(home, {"kind": "asr", "rows": [what] * 1000}, [])


def result_whole(home: Path) -> None:
    assert json.loads((home / "asr.json").read_text())["rows"] in (["old"] * 1000, ["new"] * 1000)
    assert (home / "asr.html").read_text() in ("old" * 1000, "new" * 1000)
    write_result(home, "new")
    assert json.loads((home / "asr.json").read_text())["rows"] == ["new"] * 1000


@pytest.fixture(autouse=True)
def page(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of one that wants a whole result."""
    monkeypatch.setattr(report, "as_html", lambda result, *_: "".join(result["rows"]))


KEEPERS = [
    Keeper("a start", begin, begin, begun_once_more),
    Keeper("a start and its cause", lambda home: home.mkdir(), begin_and_blame, blamed),
    Keeper("a good start", begin, lambda home: starts(home).settled(), settled),
    Keeper(
        "a bench result", lambda home: write_result(home, "old"), lambda home: write_result(home, "new"), result_whole
    ),
    Keeper(
        "a device",
        lambda home: KnownNames(home / "state").add("input", "USB Microphone"),
        lambda home: KnownNames(home / "state").add("input", "Headset"),
        both_known,
    ),
]


@pytest.mark.parametrize("lasting", [False, True])
@pytest.mark.parametrize("seam", SEAMS)
@pytest.mark.parametrize("keeper", KEEPERS, ids=lambda keeper: keeper.name)
def test_every_call_may_fail(keeper: Keeper, seam: str, lasting: bool, tmp_path: Path) -> None:
    for at in range(1, 50):
        home = tmp_path / "home"
        keeper.before(home)
        fault = Fault(home, seam, at, SEAMS[seam][at % len(SEAMS[seam])], lasting)
        with program.nothing_left_behind(), injected(fault):
            keeper.writes(home)
        keeper.holds(home)
        assert not list(home.rglob("*.part")), "what was left goes with the next writing"
        shutil.rmtree(home)
        if not fault.hit:
            return
    pytest.fail("more than 50 calls")
