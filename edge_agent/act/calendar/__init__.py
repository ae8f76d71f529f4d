"""Calendar: what is on in the owner's folder of .ics files; add, move, delete."""

from edge_agent.act.calendar.event import CalendarEvent
from edge_agent.act.calendar.folder import OWN, Calendar

__all__ = ["OWN", "Calendar", "CalendarEvent"]
