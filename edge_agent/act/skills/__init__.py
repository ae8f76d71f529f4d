"""Skills: what code does by itself. Each is a file of functions here, and of sentences and answers in words/."""

from __future__ import annotations

from collections.abc import Callable

from edge_agent.act.asked import Asked
from edge_agent.act.plan import Plan
from edge_agent.act.skills import about, agenda, alarms, clock, lists, memory, play, reminders, sums, talking, timers

Skill = Callable[[Asked], Plan | None]
"""None: this is not what was meant."""

MODULES = (clock, timers, alarms, reminders, lists, agenda, memory, sums, talking, play, about)
SKILLS: dict[str, Skill] = {intent: skill for module in MODULES for intent, skill in module.INTENTS.items()}
