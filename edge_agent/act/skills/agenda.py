"""Agenda: the owner's calendar, a folder of .ics files."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from edge_agent.act.asked import Asked
from edge_agent.act.plan import Effect, Plan
from edge_agent.act.skills.which_event import AHEAD, DAY, just_told, named_events, on_its_day, range_of
from edge_agent.act.skills.which_time import meant, moved_to, shifted, words_of_time
from edge_agent.act.times import Resolved

if TYPE_CHECKING:
    from edge_agent.act.calendar import CalendarEvent

NOON = 12
MOST_TOLD = 6
LONGEST_NAME = 5
"""Words of an event that is not known: what is longer is no event."""
A_DAY = timedelta(hours=23)
"""The shortest, when clocks are set forward."""


def agenda(asked: Asked) -> Plan:
    """Tells what is in the calendar on a day."""
    said = asked.understood.text.casefold()
    if asked.slot("text") or (not asked.when and {"next", "first"} & set(said.split())):
        return _next(asked)
    if asked.slot("ahead"):
        return _ahead(asked)
    first, last = range_of(asked)
    events = asked.calendar.events(first, last)
    if not events and not asked.when and asked.calendar.events(asked.now, asked.now + AHEAD):
        return _ahead(asked)  # "read out what's in my diary"
    when = asked.spoken.day(first, asked.now) if A_DAY <= last - first <= timedelta(days=1, hours=1) else ""
    if not events:
        return Plan(
            asked.say("free" if said.split()[0] in ("am", "are") else "nothing", when=when or words_of_time(asked)),
            topic=f"{DAY}{first:%Y-%m-%d}",
        )
    each = asked.spoken.listed([_event(asked, event) for event in events[:MOST_TOLD]])
    if len(events) == 1:
        return Plan(asked.say("one", when=when or words_of_time(asked), each=each), topic=events[0].uid)
    return Plan(asked.say("several", count=len(events), when=when or words_of_time(asked), each=each))


def _next(asked: Asked) -> Plan:
    events = _named(asked) if asked.slot("text") else asked.calendar.events(asked.now, asked.now + AHEAD)
    if not events:
        return Plan(asked.say("unknown" if asked.slot("text") else "no_next"))
    event = events[0]
    return Plan(asked.say("next", each=event.title, when=_moment(asked, event)), topic=event.uid)


def _ahead(asked: Asked) -> Plan:
    """Tells what comes next, whatever day it is on."""
    events = asked.calendar.events(asked.now, asked.now + AHEAD)[:MOST_TOLD]
    if not events:
        return Plan(asked.say("no_next"))
    each = asked.spoken.listed([f"{event.title}, {_moment(asked, event)}" for event in events])
    return Plan(asked.say("ahead", each=each))


def event_time(asked: Asked) -> Plan | None:
    """Tells when an event is, if there is one of that name: "when is lunch with Anna"."""
    events = _named(asked)
    if not events:
        return None
    return Plan(asked.say("event_time", each=events[0].title, when=_moment(asked, events[0])), topic=events[0].uid)


def event_asked(asked: Asked) -> Plan | None:
    """Tells when an event is, where, or how long it takes; that there is none only of what is the user's own."""
    text, said = asked.slot("text"), asked.understood.text.casefold().replace("'", " ").split()
    if not set(text.casefold().split()) - {*asked.words["generic"], "that", "the"}:
        if "that" in said and (last := just_told(asked)):
            return Plan(asked.say("told", each=last.title, when=_moment(asked, last)), topic=last.uid)
        return agenda(asked.with_slots(text=""))
    events = _named(asked)
    if not events:
        is_own = asked.when or asked.slot("sure") or re.search(asked.words["own"], asked.understood.text, re.IGNORECASE)
        return Plan(asked.say("not_there", text=text), vague=True) if is_own else None
    event = events[0]
    told = {"each": event.title, "when": _moment(asked, event)}
    tells_where = not event.location and re.search(asked.words["says_where"], event.title, re.IGNORECASE)
    if set(said) & set(asked.words["where"]) and not tells_where:
        there = (
            asked.say("told_where", **told, place=event.location) if event.location else asked.say("no_place", **told)
        )
        return Plan(there, topic=event.uid)
    if set(said) & set(asked.words["long"]) and not event.all_day:
        length = asked.spoken.length((event.end - event.start).total_seconds())
        return Plan(asked.say("told_long", **told, length=length), topic=event.uid)
    return Plan(asked.say("told", **told), topic=event.uid)


def clear_calendar(asked: Asked) -> Plan | None:
    """Deletes all that is in the calendar on a day, or from now on, after a yes."""
    if asked.when:
        first, last = range_of(asked)
        when = (
            asked.spoken.day(first, asked.now) if last - first <= timedelta(days=1, hours=1) else words_of_time(asked)
        )
    else:
        first, last, when = asked.now, asked.now + AHEAD, str(asked.words["answers"]["ahead_of_now"])
    events = asked.calendar.events(first, last)
    if not events:
        return Plan(asked.say("nothing", when=when) if asked.when else asked.say("no_next"))
    if asked.confirmed is None:
        each = asked.spoken.listed([_event(asked, event) for event in events[:MOST_TOLD]])
        answer = "confirm_clear" if len(events) == 1 else "confirm_clear_all"
        return asked.ask(asked.say(answer, count=len(events), when=when, each=each), "yes")
    if asked.confirmed is False:
        return Plan(asked.say("kept"))

    def effect() -> Effect:
        for event in events:
            asked.calendar.delete(event)
        return Effect("events_deleted", {"titles": [event.title for event in events]})

    things = asked.words["answers"]["things"]
    count = things["one"] if len(events) == 1 else things["many"].format(number=len(events))
    return Plan(asked.say("cleared", count=count), effect)


def add_event(asked: Asked) -> Plan | None:
    """Puts an event into the calendar."""
    when, text = meant(_by_occasion(on_its_day(asked))), asked.slot("text")
    if re.search(asked.words["bookings"], asked.understood.text, re.IGNORECASE):
        return None
    while text.casefold().rpartition(" ")[2] in asked.words["no_titles"]:  # "lunch for" of "lunch for at noon"
        text = text.rpartition(" ")[0]
        if not text:
            return None
    if not text and asked.understood.intent == "AddEvent" and when is None:
        return asked.ask(asked.say("what"), "text")
    if when is None:
        return asked.ask(asked.say("when"), "when") if text else None
    if asked.slot("timed") and not (isinstance(when, Plan) or when.has_time):
        return None
    if not text:
        return asked.ask(asked.say("what"), "text")
    if isinstance(when, Plan):
        return when
    title, all_day = _title(asked, text), not when.has_time
    end = when.end or (when.start + timedelta(seconds=asked.seconds) if asked.seconds and when.has_time else None)

    def effect() -> Effect:
        event = asked.calendar.add(title, when.start, end, all_day, when.rrule)
        return Effect("event_added", {"uid": event.uid, "title": title, "start": when.start.isoformat()})

    moment = asked.spoken.repeated(when.start, when.rrule) or asked.spoken.moment(when.start, asked.now)
    told = asked.spoken.day(when.start, asked.now) if all_day else moment
    return Plan(asked.say("added", text=title, when=told), effect)


def _by_occasion(asked: Asked) -> Asked:
    """Leaves out the morning of a dinner, and the evening of a breakfast."""
    found, words = asked.understood.times.get("when"), set(asked.understood.text.casefold().split())
    late = bool(words & set(asked.words["evenings"]))
    if found is None or found.when is None or not (late or words & set(asked.words["mornings"])):
        return asked
    kept = tuple(each for each in found.when.candidates if not each.has_time or (each.start.hour >= NOON) is late)
    if not kept:
        return asked
    return asked.with_times(when=replace(found, when=Resolved(kept, found.when.ask and len(kept) > 1)))


def _title(asked: Asked, text: str) -> str:
    """A meeting with Joe is called so, not Joe; and without the article before it."""
    article = r"(?:the |my |a |an )?"
    kind = re.search(rf"{asked.words['kinds']} (?={article}{re.escape(text)})", asked.understood.text, re.IGNORECASE)
    title = re.sub(asked.words["before_title"], "", f"{kind[0]}{text}" if kind else text, flags=re.IGNORECASE)
    return title[:1].upper() + title[1:]


def move_event(asked: Asked) -> Plan | None:
    """Moves an event to another time."""
    if asked.slot("text").casefold() in ("", "it", "that", "this"):
        return None
    events = _named(asked)
    if not events and len(asked.slot("text").split()) > LONGEST_NAME:
        return None
    if not events:
        others = set(asked.slot("text").casefold().split()) & set(asked.words["others"])
        return None if others else Plan(asked.say("unknown"), vague=True)
    return moving(asked, events[0], moved_to(asked, events[0].start))


def shift_event(asked: Asked) -> Plan | None:
    """Moves an event by a length of time: one that is named, or that of which the talk is."""
    named = asked.slot("text").casefold() not in ("", "it", "that", "this")
    event = next(iter(_named(asked)), None) if named else just_told(asked)
    start = shifted(asked, event.start) if event else None
    return moving(asked, event, start) if event and start else None


def named_event(asked: Asked) -> Plan | None:
    """Deletes what is named, if it is an event: "cancel the dentist"."""
    is_next = re.fullmatch(asked.words["next_event"], asked.slot("text").casefold())
    return delete_event(asked) if asked.slot("text") and (is_next or _named(asked)) else None


def moving(asked: Asked, event: CalendarEvent, start: datetime | None) -> Plan | None:
    if start is None:
        return None

    def effect() -> Effect:
        asked.calendar.move(event, start)
        details = {"uid": event.uid, "title": event.title, "start": start.isoformat(), "was": event.start.isoformat()}
        return Effect("event_moved", details)

    return Plan(asked.say("moved", text=event.title, when=asked.spoken.moment(start, asked.now)), effect)


def delete_event(asked: Asked) -> Plan | None:
    """Deletes an event from the calendar."""
    said = asked.slot("text").casefold()
    if said and re.fullmatch(asked.words["all_events"], said):
        return clear_calendar(asked)
    if said and re.fullmatch(asked.words["next_event"], said):
        events = asked.calendar.events(*(range_of(asked) if asked.when else (asked.now, asked.now + AHEAD)))[:1]
    elif said:
        events = _named(asked)
    elif asked.when:
        events = asked.calendar.events(*range_of(asked))
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
    event = just_told(asked)
    if event is None:
        return None
    return (
        _deleting(asked, event)
        if asked.slot("deed") == "delete"
        else moving(asked, event, moved_to(asked, event.start))
    )


def _named(asked: Asked) -> list[CalendarEvent]:
    of_its_time = asked.when and asked.understood.intent in ("DeleteEvent", "NamedEvent", "EventAsked")
    return named_events(asked, asked.slot("text"), range_of(asked) if of_its_time else None)


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
    "EventAsked": event_asked,
    "ClearCalendar": clear_calendar,
    "AddEvent": add_event,
    "ThatEvent": that_event,
    "MoveEvent": move_event,
    "ShiftEvent": shift_event,
    "NamedEvent": named_event,
    "DeleteEvent": delete_event,
}
