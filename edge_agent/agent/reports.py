"""Reports: what the host reports of a line -> what its agent does about it."""

from __future__ import annotations

import logging

from edge_agent.agent.agent import Agent
from edge_agent.events import FellAsleep, WasCalled, WasPassedOver
from edge_agent.host.jobs import ListenFailed, Progress, Reached, Report, Transcribed, Wavering
from edge_agent.speak.chimes import Chime
from edge_agent.types import Asleep, Called, PassedOver, Turn

log = logging.getLogger(__name__)


def take(agent: Agent, report: Report) -> None:
    """It is called in a thread of the host."""
    match report:
        case Progress(id, part):
            agent.on_part(Turn.of(id), part)
        case Reached(id, stage):
            agent.mark(Turn.of(id), stage)
        case Wavering(yields):
            agent.gate.give_way(yields)
        case ListenFailed(error, in_turn=True):
            agent.fail_hearing(error)
        case ListenFailed(error):
            log.warning("Nothing is heard: %s", error)
        case Called(name, at_s):
            if not agent.says(name, at_s):
                agent.call(WasCalled(agent.gate.current.number, at_s, name), Chime("called"))
        case PassedOver(reason, at_s):
            agent.call(WasPassedOver(agent.gate.current.number, at_s, reason))
        case Asleep(at_s):
            agent.call(FellAsleep(agent.gate.current.number, at_s), Chime("asleep"))
        case Transcribed():
            pass  # nobody asked for it
        case _:
            if (hearing := agent.of_others(report)) is not None:
                agent.on_hearing(hearing)
