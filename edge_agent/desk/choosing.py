"""Choosing: which of the times that were offered a caller takes, or which others they would like to hear."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

from edge_agent.desk.asking import ask, chosen, go_on, offered, offered_again
from edge_agent.desk.booking.openings import FreeTime
from edge_agent.desk.changing import identified
from edge_agent.desk.conversation import CallState
from edge_agent.desk.hearing import understood
from edge_agent.desk.phrases import DeskPhrases, plain
from edge_agent.desk.premises import Premises
from edge_agent.desk.readers.consent import consent
from edge_agent.desk.settling import Settled, earliest, more, settle
from edge_agent.desk.step import Step
from edge_agent.desk.wish import TimeWish

HALF_DAY = timedelta(hours=12)


def chosen_of(words: str, conversation: CallState, premises: Premises) -> Step | None:
    """One of the offers, or others. None: the words are about something else."""
    if conversation.task not in ("book", "move") or conversation.opening is not None:
        return None
    if conversation.task == "move" and conversation.booking is None:
        return None
    phrases, said = premises.phrases, plain(words)
    premises = replace(premises, openings=premises.openings.for_moving(conversation.booking or 0))
    found = understood(words, conversation, premises)
    if conversation.offers:
        conversation = conversation.filled(**found.values)
        goes_on = len(conversation.offers) == 1 and {"name", "phone"} & found.values.keys()  # a yes, in other words
        opening = _picked(words, said, conversation, found.wish, premises)
        if opening := opening or (conversation.offers[0] if goes_on and not found.wish else None):
            return _go_on(chosen(conversation, opening), premises)
        if found.wish:
            return None
        if other := _others(said, conversation, premises):
            return other
        answer = consent(words, phrases)
        if answer.yes is True and not answer.rest:  # to which of them? Asked twice the first one is meant
            if conversation.tries.get("which_offer"):
                return _go_on(chosen(conversation, conversation.offers[0]), premises)
            return offered_again(conversation.missed("which_offer"), premises)
        if answer.yes is False and not answer.rest:
            day = conversation.wish.one_day
            is_of_day = day is not None and any(each.start.date() == day for each in conversation.offers)
            kept = TimeWish.on(day) if day and is_of_day else TimeWish()
            return ask(replace(conversation, offers=(), wish=kept), "when", premises)
    if conversation.asked not in ("when", None) and not found.wish:
        return None
    return first_of(said, conversation, found.wish, premises)


def first_of(said: str, conversation: CallState, wish: TimeWish, premises: Premises) -> Step | None:
    """ "The first you have", "any time next week", "what do you have": times are offered."""
    phrases = premises.phrases
    if conversation.asked != "when" or any(
        premises.is_needed(slot, conversation) for slot in ("service",) if slot in premises.slots("book")
    ):
        return None
    conversation = replace(conversation, wish=conversation.wish.with_more(wish))
    if phrases.hears("earliest", said):
        opening = earliest(conversation, premises)
        settled = Settled(offers=(opening,)) if opening else settle(conversation, premises)
        return offered(conversation, settled, premises)
    if phrases.hears("anytime", said) and not wish.clocks:
        return offered(
            conversation, settle(replace(conversation, wish=replace(conversation.wish, clocks=())), premises), premises
        )
    return None


def _picked(words: str, said: str, conversation: CallState, wish: TimeWish, premises: Premises) -> FreeTime | None:
    """The offer that the words take."""
    phrases, offers = premises.phrases, conversation.offers
    fit = sum(wish.allows(each.start) for each in offers)
    is_ordinal = phrases.hears("one_of_them", said) and fit in (0, len(offers))  # "the second" is no day here
    is_ordinal = is_ordinal and (len(offers) > 1 or phrases.hears("the_first", said))
    if wish and not is_ordinal:
        fitting = [each for each in offers if wish.allows(each.start)]
        fitting = fitting or [each for each in offers if _on_that_weekday(each.start, said, wish, phrases)]
        fitting = fitting[-1:] if wish.is_unsure and phrases.hears("next_one", said) else fitting
        if len(fitting) == 1 and (wish.clocks or wish.days):
            return fitting[0]
        if len(fitting) == 2 and fitting[1].start - fitting[0].start == HALF_DAY and wish.clocks:
            return min(fitting, key=lambda each: not 8 <= each.start.hour < 20)  # "10 AM or 10 PM?" "At ten."
        # "The first or the first of April?" "The first." The nearest is read back.
        return fitting[0] if fitting and wish.is_unsure and wish == conversation.wish else None
    answer = consent(words, phrases)
    if answer.yes is True and len(offers) == 1 and not answer.rest:
        return offers[0]
    if phrases.hears("question", said) and words.rstrip().endswith("?"):  # "What if I cancel at the last minute?"
        return None
    for at, name in enumerate(("the_first", "the_second", "the_third")):
        if phrases.hears(name, said) and at < len(offers):
            return offers[-1] if name == "the_second" and {"last", "later"} & set(said.split()) else offers[at]
    for name, late in (("morning", False), ("afternoon", True)):
        fitting = [each for each in offers if (each.start.hour >= 12) is late]
        if phrases.hears(name, said) and len(fitting) == 1 and len(offers) > 1:
            return fitting[0]
    if phrases.hears("that_one", said) and len(offers) == 1:
        return offers[0]
    return None


def _on_that_weekday(start: datetime, said: str, wish: TimeWish, phrases: DeskPhrases) -> bool:
    """Whether "Saturday at half past six" is a time that was offered, though it is not on the next Saturday."""
    day = wish.one_day
    if (
        day is None
        or phrases.hears("which_week", said)
        or day.weekday() != start.weekday()
        or re.search(rf"\b{day.day}(?:st|nd|rd|th)?\b", said)
    ):
        return False
    return phrases.weekday(day).casefold() in said and start.hour * 60 + start.minute in wish.clocks


def _others(said: str, conversation: CallState, premises: Premises) -> Step | None:
    """Other times: "something later", "another day"."""
    phrases = premises.phrases
    if phrases.hears("earliest", said):
        first = earliest(conversation, premises)
        return offered(conversation, Settled(offers=(first,)), premises) if first else None
    for name, later, another in (("another_day", True, True), ("earlier", False, False), ("later", True, False)):
        if phrases.hears(name, said):
            settled = more(conversation, premises, later=later, another_day=another)
            if not settled.offers:
                return Step(f"{settled.said} {phrases.ask('when')}", conversation)
            return offered(conversation, settled, premises)
    return None


def _go_on(conversation: CallState, premises: Premises) -> Step:
    return identified(conversation, premises) if conversation.task == "move" else go_on(conversation, premises)
