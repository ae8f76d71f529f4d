"""Turn: a caller's words and the conversation so far -> what is said and done, in the order of understanding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from edge_agent.desk.asking import ask, go_on, offered_again, question
from edge_agent.desk.between import held, repeated, silent, told_when
from edge_agent.desk.changing import aimed, identified, resumed, which_of
from edge_agent.desk.choosing import chosen_of, first_of
from edge_agent.desk.confirming import confirmed, wrong
from edge_agent.desk.conversation import CallState, Filled
from edge_agent.desk.extracting import extracted
from edge_agent.desk.flowing import started
from edge_agent.desk.hearing import FoundValues, understood
from edge_agent.desk.just_booked import of_just
from edge_agent.desk.leaving import ending, handoff, leaving, urgent
from edge_agent.desk.naming import is_for_another
from edge_agent.desk.phrases import plain
from edge_agent.desk.premises import Premises
from edge_agent.desk.proposing import what
from edge_agent.desk.questioning import answered, asked, asks, unknown
from edge_agent.desk.readers.consent import consent
from edge_agent.desk.selling import unwilling
from edge_agent.desk.step import Step
from edge_agent.desk.tasks import begun, task_of
from edge_agent.desk.wish import TimeWish

LOST = 4
"""After so many turns in vain a caller of whom nobody takes over is offered to leave a message."""
Way = Callable[[str, CallState, Premises], Step | None]


def take(words: str, conversation: CallState, premises: Premises) -> Step:
    """What comes of a turn. Nothing is done yet."""
    for way in _WAYS:
        if step := way(words, conversation, premises):
            return _not_the_same(replace(step, way=way.__name__.strip("_")), conversation, premises)
    return unclear(words, conversation, premises)


def _not_the_same(step: Step, conversation: CallState, premises: Premises) -> Step:
    """The step, with other words ahead of offers that are told again; a person, where that does not help either."""
    choose, after = premises.phrases.say("choose"), step.after
    is_same = step.said == conversation.said.removeprefix(choose).strip()
    if not (is_same and after.offers) or after.is_over or step.question or step.way in ("silent", "repeated", "held"):
        return step
    again = replace(after.missed("when"), misses=conversation.misses + 1)
    stuck = premises.agent.handoff.stuck
    if stuck and again.misses > stuck:
        return handoff(again, premises).behind(premises.phrases.say("stuck"))
    return replace(step, after=again).behind(choose)


def _back(words: str, conversation: CallState, premises: Premises) -> Step | None:
    """The first words after a call that broke off: what was begun goes on with them."""
    if not conversation.is_back:
        return None
    before = replace(conversation, is_back=False)
    again = _resumed(before, premises)
    if premises.phrases.hears("cut_off", plain(words)):
        return again.behind(premises.phrases.say("broken_off"))
    step = take(words, before if again.after.proposal else again.after, premises)  # a yes is to what was read back
    if not step.way or (step.way == "filled" and not _gained(before, step.after)):
        step = again
    return step.behind(premises.phrases.say("broken_off"))


def _beside(words: str, conversation: CallState, premises: Premises) -> Step | None:
    """A question and, in the same breath, what else is wanted: "how much is it, and can I have one on Monday"."""
    for cut in premises.phrases.pattern("beside").finditer(words):
        parts = words[: cut.start()].strip(), words[cut.end() :].strip()
        for query, wish in (parts, parts[::-1]):
            wanted = understood(wish, conversation, premises).wish
            if not wanted or not asks(query, conversation, premises, of_days=bool(wanted.days)):
                continue
            if known := asked(query, conversation, premises):
                after = answered(known, premises)[0].after  # the service that was asked of is the one that is wanted
                step = take(wish, replace(after, said=conversation.said), premises)
            else:  # "a cut on Friday, and how much is it"
                step = take(wish, conversation, premises)
                known = None if step.question else asked(query, step.after, premises)
            if known and step.write is None:
                return replace(step, question=query, answer=known.answer)
    return None


def _answered(words: str, conversation: CallState, premises: Premises) -> Step | None:
    """The yes or no to a question that is none of the form's."""
    said = consent(words, premises.phrases)
    if conversation.asked == "wait_offer" and said.yes is not None and not said.rest:
        if said.yes:
            return go_on(replace(conversation, task="waiting", opening=None), premises)
        return Step(premises.phrases.ask("when"), replace(conversation, asked="when"))
    if conversation.asked == "service" and said.yes is False:  # "none of those, my car is with you already"
        return Step(premises.phrases.say("message_offer"), replace(conversation, asked="take_message"))
    if conversation.asked == "take_message" and said.yes is not None:
        if said.yes:
            return go_on(replace(conversation, task="message", asked=None), premises)
        if not said.rest:
            return _resumed(conversation, premises)
    if conversation.digits and not said.rest and (said.yes or premises.phrases.hears("nothing_more", plain(words))):
        number = Filled(conversation.digits, conversation.digits)  # of no country that is known, but theirs
        return _resumed(replace(conversation.filled(phone=number), digits=""), premises)
    if conversation.asked == "when" and said.yes is False and not said.rest and conversation.wish.one_day:
        fresh = replace(conversation, wish=type(conversation.wish)(), offers=())  # no time of that day
        return ask(fresh, "when", premises) if not conversation.offers else None
    if conversation.asked == "more" and said.yes is True and not said.rest:
        return Step(premises.phrases.say("how_help"), replace(conversation, asked=None))
    return None


def _resumed(conversation: CallState, premises: Premises) -> Step:
    """Back to the form, or to the end."""
    step = resumed(conversation, premises)
    if step.said:
        return step
    return Step(premises.phrases.ask("more"), replace(step.after, asked="more"))


def _filled(words: str, conversation: CallState, premises: Premises) -> Step | None:
    """Values for the form, and a task they belong to."""
    return _with_found(words, understood(words, conversation, premises), conversation, premises)


def _extracted(words: str, conversation: CallState, premises: Premises) -> Step | None:
    """Values that the LLM has pointed at, where code has understood nothing."""
    found = extracted(words, conversation, premises)
    step = _with_found(words, found, conversation, premises) if found else None
    return replace(step, by="llm") if step else None


def _with_found(words: str, found: FoundValues, conversation: CallState, premises: Premises) -> Step | None:
    task = task_of(words, conversation, found, premises)
    if task is None or (not found and task == conversation.task):
        return None
    if is_begun := task != conversation.task:
        conversation = begun(conversation, task)
        conversation = conversation.of_somebody_else() if is_for_another(words, premises.phrases) else conversation
    after = aimed(words, conversation, applied(conversation, found), found, premises)
    asked = conversation.asked
    if found.digits:
        said = premises.phrases.say("go_on") if len(found.digits) < 6 else ""
        said = said or premises.phrases.say("too_short", digits=" ".join(found.digits))
        if conversation.digits and not found.digits.removeprefix(conversation.digits):
            said = premises.phrases.ask("phone", 1)
        return Step(said, replace(after, digits=found.digits, asked="phone"))
    is_open = asked and asked not in ("when", "offer", "more", "change") and asked not in after.form
    is_same = not (found.wish or found.also or _gained(conversation, after) or is_begun)
    if is_open and is_same:
        return None
    if after.task in ("move", "cancel", "look"):
        return identified(after, premises)
    step = go_on(after, premises)
    if step.after.asked == "when" and (found.wish or not step.after.offers):  # "Friday, the earliest you have"
        step = first_of(plain(words), step.after, TimeWish(), premises) or step
    if after.task == "book" and asked in (None, "more") and _are_several(plain(words), premises):
        step = step.behind(premises.phrases.say("one_at_a_time"))
    return _acknowledged(conversation, step, found, premises)


def _are_several(said: str, premises: Premises) -> bool:
    """Whether more than one appointment is wanted: every week, or for two where nobody is counted."""
    counts = any(slot.type == "number" for slot in premises.agent.asks)
    return premises.phrases.hears("recurs", said) or (not counts and premises.phrases.hears("party", said))


def _acknowledged(before: CallState, step: Step, found: FoundValues, premises: Premises) -> Step:
    """What was changed, or heard beside what is asked still, is said, where it is not read back anyway."""
    phrases, day = premises.phrases, found.wish.one_day
    if found.also and not step.after.proposal:
        return step.behind(phrases.say("also", what=what(found.also, premises)))
    changed = [
        str(value.value)
        for slot, value in found.values.items()
        if slot in before.form and before.form[slot].value != value.value and not isinstance(value.value, bool)
    ]
    was, opening = before.opening, step.after.opening
    if was and opening and was.start != opening.start:
        changed.append(phrases.moment(opening.start, premises.now))
    if day and step.after.asked == before.asked and step.after.asked != "when" and not changed:
        changed = [phrases.day(day, premises.now)]
    if not changed or step.after.proposal:
        return step
    return step.behind(phrases.say("changed", what=phrases.listed(changed)))


def _gained(before: CallState, after: CallState) -> bool:
    return before.form != after.form or before.wish != after.wish


def applied(conversation: CallState, found: FoundValues) -> CallState:
    """The form with what was understood. A proposal of other values is void."""
    after = conversation.filled(**found.values)
    if found.any_staff:
        after = after.filled(staff=Filled("", "any"))
    if found.wish:
        after = replace(after, wish=after.wish.with_more(found.wish), opening=None, offers=(), proposal=None)
    elif {"service", "staff"} & {
        slot for slot, value in found.values.items() if conversation.value(slot) != value.value
    }:
        after = replace(after, opening=None, offers=())
    after = replace(after, also=found.also or after.also)
    return replace(after, digits="" if "phone" in found.values else after.digits, misses=0)


def unclear(words: str, conversation: CallState, premises: Premises) -> Step:
    """Nothing was understood: it is asked again in other words, and given to a person after some tries."""
    slot = conversation.asked
    missed = conversation.missed(slot or "")
    stuck = premises.agent.handoff.stuck
    if stuck and missed.misses > stuck:
        return handoff(missed, premises).behind(premises.phrases.say("stuck"))
    if not stuck and conversation.task and missed.misses % LOST == 0:  # no dead end: a message can always be left
        offer = premises.phrases.say("message_offer")
        return Step(offer, replace(missed, asked="take_message")).behind(premises.phrases.say("stuck"))
    sorry = premises.phrases.say("sorry")
    if conversation.offers:
        return offered_again(missed, premises).behind(sorry)
    if conversation.proposal:
        return Step(conversation.said, missed).behind("" if conversation.said.startswith(sorry) else sorry)
    if slot in ("change", "name_spell"):
        return Step(f"{sorry} {premises.phrases.ask(slot, missed.tries[slot])}", missed)
    if slot and conversation.task and slot in premises.slots(conversation.task):
        return Step(f"{sorry} {question(missed, slot, premises)}", missed)
    if slot is None and premises.agent.kind == "receptionist":
        if premises.phrases.hears("hello", plain(words)):
            return Step(premises.phrases.say("how_help"), conversation)
        return go_on(begun(missed, "book"), premises).behind(premises.phrases.say("can_book"))
    if slot is None and premises.agent.kind == "leads":
        return go_on(begun(missed, "form"), premises)
    return Step(f"{sorry} {premises.phrases.say('how_help')}", replace(missed, asked=slot or None))


_WAYS: tuple[Way, ...] = (
    urgent,
    silent,
    _back,
    held,
    repeated,
    told_when,
    unwilling,
    confirmed,
    started,
    leaving,
    _answered,
    of_just,
    _beside,
    asked,
    which_of,
    chosen_of,
    wrong,
    _filled,
    ending,
    _extracted,
    unknown,
)
