"""Spoken times: "next tuesday at half past three" -> when that is, or which times it may be."""

from edge_agent.act.times.finding import duration, find, resolve
from edge_agent.act.times.when import Context, Found, Grain, Resolved, When
from edge_agent.act.times.zone import local_zone

__all__ = ["Context", "Found", "Grain", "Resolved", "When", "duration", "find", "local_zone", "resolve"]
