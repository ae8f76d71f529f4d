"""Skills: what code does by itself. Each is a file of functions here, and of sentences and answers in words/."""

from __future__ import annotations

from collections.abc import Callable

from edge_agent.act.asked import Asked
from edge_agent.act.plan import Plan
from edge_agent.act.skills import (
    about,
    agenda,
    alarms,
    clock,
    last_alarm,
    last_event,
    last_items,
    last_reminder,
    last_timer,
    lists,
    memory,
    play,
    reminders,
    snooze,
    sums,
    talking,
    timers,
)

Skill = Callable[[Asked], Plan | None]
"""None: this is not what was meant."""

MODULES = (
    clock, timers, last_timer, alarms, last_alarm, snooze, reminders, last_reminder, lists, last_items, agenda,
    last_event, memory, sums, talking, play, about,
)  # fmt: skip
SKILLS: dict[str, Skill] = {intent: skill for module in MODULES for intent, skill in module.INTENTS.items()}
