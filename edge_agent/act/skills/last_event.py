"""The event of which the talk is, or that is only told of: offered, another like it, and where it is moved to."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

from edge_agent.act.asked import Asked
from edge_agent.act.plan import Plan
from edge_agent.act.skills.agenda import LONGEST_NAME, add_event, event_time, moving
from edge_agent.act.skills.which_event import just_told, named_events
from edge_agent.act.skills.which_time import meant
from edge_agent.act.times import Resolved, When


def one_more(asked: Asked) -> Plan | None:
    """Puts another event behind one that was just added: "and football for Sam wednesday half four"."""
    last = just_told(asked) if asked.is_fresh and asked.just("event_added") else None
    words, when = asked.slot("text").casefold().replace("'", " ").split(), asked.when
    if last is None or when is None or not 0 < len(words) <= LONGEST_NAME:
        return None
    if set(words) & {*asked.words["others"], *asked.words["no_events"]}:
        return None
    if is_same_time(asked):
        asked = at_the_same_time(asked, last.start)
    elif not when.has_time:
        return None
    alike = re.fullmatch(asked.words["for_whom"], last.title, re.IGNORECASE)
    is_whom = alike is not None and len(words) == 2 and words[0] in asked.words["articles"]
    return add_event(asked.with_slots(text=f"{alike['what']}{words[1]}") if alike and is_whom else asked)


def is_same_time(asked: Asked) -> bool:
    """Whether the time of day is that of what was spoken of."""
    return re.search(asked.words["same_time"], asked.understood.text, re.IGNORECASE) is not None


def at_the_same_time(asked: Asked, was: datetime) -> Asked:
    """The same, as if the time of day of `was` had been said."""
    found, when = asked.understood.times["when"], asked.when
    if when is None:
        return asked
    at = when.start.replace(hour=was.hour, minute=was.minute, second=0, microsecond=0)
    return asked.with_times(when=replace(found, when=Resolved((When(at),), False)))


def offer_event(asked: Asked) -> Plan | None:
    """Offers to put into the calendar what the user only tells: "I've got the dentist on Friday"."""
    when = meant(asked)
    if when is None or isinstance(when, Plan) or asked.confirmed is not None:
        return Plan(asked.say("denied")) if asked.confirmed is False else add_event(asked)
    words = asked.slot("text").casefold().split()
    if asked.slot("timed") and (
        not when.has_time
        or len(words) > LONGEST_NAME
        or set(words) & {*asked.words["others"], *asked.words["no_events"]}
    ):
        return None
    is_over = not when.has_time and when.start <= asked.now  # "my meeting went badly today"
    if is_over or re.search(asked.words["same_time"], asked.slot("text"), re.IGNORECASE):
        return None
    told = asked.spoken.moment if when.has_time else asked.spoken.day
    text = asked.slot("text")
    return asked.ask(asked.say("offer", text=text, when=told(when.start, asked.now)), "yes")


def move_on(asked: Asked) -> Plan | None:
    """Moves an event to the first such day behind its own: "to the thursday after"."""
    text = asked.slot("text").casefold()
    events = [just_told(asked)] if text in ("", "it", "that") else named_events(asked, text)
    event, when = next(iter(events), None), asked.when
    if event is None or when is None or when.has_time:
        return None
    days = (when.start.weekday() - event.start.weekday()) % 7 or 7
    return moving(asked, event, event.start + timedelta(days=days))


def its_time(asked: Asked) -> Plan | None:
    """Tells when the event is of which the talk was a moment ago."""
    near = asked.near()
    asked.ages.append(asked.talk.turn - near.turn if near else 0)
    uid = (near.topic or str(near.done.details.get("uid", "") if near.done else "")) if near else ""
    title = next((each.title for each in named_events(asked, "", None, uid)), "")
    return event_time(asked.with_slots(text=title)) if title else None


INTENTS = {
    "EventMore": one_more,
    "OfferEvent": offer_event,
    "MoveEventOn": move_on,
    "ItsEvent": its_time,
}
