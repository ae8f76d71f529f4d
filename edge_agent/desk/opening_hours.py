"""Opening hours: a question about them is answered from the owner's file, whatever the documents say of them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from edge_agent.desk.conversation import CallState
from edge_agent.desk.file import OpenHours
from edge_agent.desk.hearing import understood
from edge_agent.desk.phrases import plain
from edge_agent.desk.premises import Premises


def hours_said(words: str, conversation: CallState, premises: Premises) -> str:
    """When it is open: on the day that is asked for, else in a week. Empty if something else is asked."""
    phrases, said = premises.phrases, plain(words)
    asks = phrases.hears("asks_hours", said) or (conversation.told_hours and phrases.hears("follows", said))
    if not asks or not any(premises.agent.hours.week):
        return ""
    wish = understood(words, conversation, premises).wish
    if wish.one_day is not None:
        return _on(wish.one_day, premises)
    return _in_a_week(premises)


def _on(day: date, premises: Premises) -> str:
    phrases = premises.phrases
    spans = () if premises.openings.is_closed(day) else premises.agent.hours.week[day.weekday()]
    said = phrases.day(day, premises.now)
    if not spans:
        return phrases.say("closed", day=said)
    return phrases.say("open_on", day=said, times=_times(spans, premises))


def _in_a_week(premises: Premises) -> str:
    """Days with the same hours are told together, those in a row by the first and the last."""
    phrases, groups = premises.phrases, list[tuple[list[int], tuple[OpenHours, ...]]]()
    for weekday, spans in enumerate(premises.agent.hours.week):
        same = next((days for days, hours in groups if hours == spans), None)
        if same is None:
            groups.append(([weekday], spans))
        else:
            same.append(weekday)
    told = [
        phrases.part("open_days", days=_days(days, premises), times=_times(spans, premises))
        for days, spans in groups
        if spans
    ]
    return phrases.say("open_week", hours=phrases.listed(told))


def _days(days: list[int], premises: Premises) -> str:
    monday = premises.now.date() - timedelta(days=premises.now.weekday())
    names = [premises.phrases.weekday(monday + timedelta(days=day)) for day in days]
    in_a_row = len(days) > 2 and days == list(range(days[0], days[0] + len(days)))
    if in_a_row:
        return premises.phrases.part("from_to", first=names[0], last=names[-1])
    return premises.phrases.listed(names)


def _times(spans: tuple[OpenHours, ...], premises: Premises) -> str:
    def clock(minute: int) -> str:
        return premises.phrases.clock(datetime.combine(premises.now.date(), time(minute // 60 % 24, minute % 60)))

    parts = [premises.phrases.part("from_to", first=clock(first), last=clock(last)) for first, last in spans]
    return premises.phrases.listed(parts)
