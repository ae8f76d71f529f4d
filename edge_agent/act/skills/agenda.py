"""Agenda: the owner's calendar, a folder of .ics files."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from edge_agent.act.asked import Asked
from edge_agent.act.plan import Effect, Plan
from edge_agent.act.skills.which_time import meant, moved_to, shifted, words_of_time

if TYPE_CHECKING:
    from edge_agent.act.calendar import CalendarEvent

AHEAD = timedelta(days=60)
"""How far the next event is looked for."""
MOST_TOLD = 6
A_DAY = timedelta(hours=23)
"""The shortest, when clocks are set forward."""


def agenda(asked: Asked) -> Plan:
    """Tells what is in the calendar on a day."""
    said = asked.understood.text.casefold()
    if "next" in said.split() or "first" in said.split() or asked.slot("text"):
        return _next(asked)
    first, last = _range(asked)
    events = asked.calendar.events(first, last)
    when = asked.spoken.day(first, asked.now) if A_DAY <= last - first <= timedelta(days=1, hours=1) else ""
    if not events:
        return Plan(
            asked.say("free" if said.split()[0] in ("am", "are") else "nothing", when=when or words_of_time(asked))
        )
    each = asked.spoken.listed([_event(asked, event) for event in events[:MOST_TOLD]])
    if len(events) == 1:
        return Plan(asked.say("one", when=when or words_of_time(asked), each=each))
    return Plan(asked.say("several", count=len(events), when=when or words_of_time(asked), each=each))


def _next(asked: Asked) -> Plan:
    events = _named(asked) if asked.slot("text") else asked.calendar.events(asked.now, asked.now + AHEAD)
    if not events:
        return Plan(asked.say("unknown" if asked.slot("text") else "no_next"))
    event = events[0]
    return Plan(asked.say("next", each=event.title, when=_moment(asked, event)), topic=event.uid)


def event_time(asked: Asked) -> Plan | None:
    """Tells when an event is, if there is one of that name: "when is lunch with Anna"."""
    events = _named(asked)
    if not events:
        return None
    return Plan(asked.say("event_time", each=events[0].title, when=_moment(asked, events[0])), topic=events[0].uid)


def add_event(asked: Asked) -> Plan | None:
    """Puts an event into the calendar."""
    when, text = meant(asked), asked.slot("text")
    if not text and asked.understood.intent == "AddEvent" and when is None:
        return asked.ask(asked.say("what"), "text")
    if when is None:
        return asked.ask(asked.say("when"), "when") if text else None
    if not text:
        return asked.ask(asked.say("what"), "text")
    if isinstance(when, Plan):
        return when
    title, all_day = text[:1].upper() + text[1:], not when.has_time
    end = when.end or (when.start + timedelta(seconds=asked.seconds) if asked.seconds and when.has_time else None)

    def effect() -> Effect:
        event = asked.calendar.add(title, when.start, end, all_day, when.rrule)
        return Effect("event_added", {"uid": event.uid, "title": title, "start": when.start.isoformat()})

    moment = asked.spoken.repeated(when.start, when.rrule) or asked.spoken.moment(when.start, asked.now)
    told = asked.spoken.day(when.start, asked.now) if all_day else moment
    return Plan(asked.say("added", text=title, when=told), effect)


def move_event(asked: Asked) -> Plan | None:
    """Moves an event to another time."""
    if asked.slot("text").casefold() in ("", "it", "that", "this"):
        return None
    events = _named(asked)
    if not events:
        others = set(asked.slot("text").casefold().split()) & set(asked.words["others"])
        return None if others else Plan(asked.say("unknown"))
    return _moving(asked, events[0], moved_to(asked, events[0].start))


def shift_event(asked: Asked) -> Plan | None:
    """Moves an event by a length of time: one that is named, or that of which the talk is."""
    named = asked.slot("text").casefold() not in ("", "it", "that", "this")
    event = next(iter(_named(asked)), None) if named else _just_told(asked)
    start = shifted(asked, event.start) if event else None
    return _moving(asked, event, start) if event and start else None


def named_event(asked: Asked) -> Plan | None:
    """Deletes what is named, if it is an event: "cancel the dentist"."""
    return delete_event(asked) if asked.slot("text") and _named(asked) else None


def _moving(asked: Asked, event: CalendarEvent, start: datetime | None) -> Plan | None:
    if start is None:
        return None

    def effect() -> Effect:
        asked.calendar.move(event, start)
        return Effect("event_moved", {"uid": event.uid, "start": start.isoformat()})

    return Plan(asked.say("moved", text=event.title, when=asked.spoken.moment(start, asked.now)), effect)


def delete_event(asked: Asked) -> Plan | None:
    """Deletes an event from the calendar."""
    if asked.slot("text"):
        events = _named(asked)
    elif asked.when:
        events = asked.calendar.events(*_range(asked))
    else:
        return None
    if not events:
        return Plan(asked.say("unknown"))
    if len(events) > 1 and len({event.title for event in events}) > 1:
        return asked.ask(asked.say("which", each=asked.spoken.listed([each.title for each in events])), "text")
    return _deleting(asked, events[0])


def _deleting(asked: Asked, event: CalendarEvent) -> Plan:
    def effect() -> Effect:
        asked.calendar.delete(event)
        return Effect("event_deleted", {"uid": event.uid, "title": event.title})

    return Plan(asked.say("deleted", text=event.title, when=_moment(asked, event)), effect)


def that_event(asked: Asked) -> Plan | None:
    """Moves or deletes the event of which the talk is."""
    event = _just_told(asked)
    if event is None:
        return None
    return (
        _deleting(asked, event)
        if asked.slot("deed") == "delete"
        else _moving(asked, event, moved_to(asked, event.start))
    )


def _just_told(asked: Asked) -> CalendarEvent | None:
    """The event that was just added, moved or told of by its name."""
    if asked.talk.done_by != "skill:agenda":
        return None
    details = asked.just("event_added") or asked.just("event_moved")
    uid = details["uid"] if details else asked.talk.topic
    return next((each for each in asked.calendar.events(asked.now, asked.now + AHEAD) if each.uid == uid), None)


def _range(asked: Asked) -> tuple[datetime, datetime]:
    """What was asked about; today if nothing was said."""
    when = asked.when
    if when is None:
        first = asked.now.replace(hour=0, minute=0, second=0, microsecond=0)
        return first, first + timedelta(days=1)
    if when.end:
        return when.start, when.end
    return when.start, when.start + (timedelta(hours=1) if when.has_time else timedelta(days=1))


def _named(asked: Asked) -> list[CalendarEvent]:
    from rapidfuzz.fuzz import token_set_ratio

    first, last = (
        _range(asked)
        if asked.when and asked.understood.intent in ("DeleteEvent", "NamedEvent")
        else (asked.now, asked.now + AHEAD)
    )
    said = asked.slot("text").casefold()
    return [
        event for event in asked.calendar.events(first, last) if token_set_ratio(event.title.casefold(), said) >= 80
    ]


def _event(asked: Asked, event: CalendarEvent) -> str:
    if event.all_day:
        return asked.say("all_day", text=event.title)
    return asked.say("event", text=event.title, clock=asked.spoken.clock(event.start))


def _moment(asked: Asked, event: CalendarEvent) -> str:
    told = asked.spoken.day if event.all_day else asked.spoken.moment
    return str(told(event.start, asked.now))


INTENTS = {
    "Agenda": agenda,
    "EventTime": event_time,
    "AddEvent": add_event,
    "ThatEvent": that_event,
    "MoveEvent": move_event,
    "ShiftEvent": shift_event,
    "NamedEvent": named_event,
    "DeleteEvent": delete_event,
}
