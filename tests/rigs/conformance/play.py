"""Plays scenarios, and tells how each of them came out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from tests.rigs.conformance.client import Failed, NotShown, Server
from tests.rigs.conformance.names import Json
from tests.rigs.conformance.scenario import Scenario
from tests.rigs.conformance.scenarios import ALL

LONGEST_S = 180.0
"""A scenario that has not ended then has failed."""


@dataclass(frozen=True, slots=True)
class Result:
    scenario: str
    dialect: str
    outcome: Literal["pass", "fail", "not shown"]
    reason: str
    seconds: float

    def to_json(self) -> Json:
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.outcome:10}{self.scenario:34}{self.seconds:6.1f} s  {self.reason}".rstrip()


def chosen(names: Sequence[str], dialects: Collection[str]) -> list[Scenario]:
    """Those of the dialects, or of them the ones that are named. ValueError if there is none of a name."""
    unknown = set(names) - {scenario.name for scenario in ALL}
    if unknown:
        raise ValueError(f"there is no scenario {', '.join(sorted(unknown))}; --list shows all")
    return [scenario for scenario in ALL if scenario.dialect in dialects and (not names or scenario.name in names)]


async def play(scenario: Scenario, server: Server) -> Result:
    """Never raises: whatever a server does wrong is a result."""
    begin = time.monotonic()
    outcome: Literal["pass", "fail", "not shown"] = "pass"
    reason = ""
    try:
        async with asyncio.timeout(LONGEST_S):
            await scenario.play(server)
    except Failed as failed:
        outcome, reason = "fail", str(failed)
    except NotShown as not_shown:
        outcome, reason = "not shown", str(not_shown)
    except Exception as error:
        outcome, reason = "fail", f"{type(error).__name__}: {error}"
    return Result(scenario.name, scenario.dialect, outcome, reason, round(time.monotonic() - begin, 2))
