"""Confirming: the answer to a proposal that was read back. Only a short, pure yes to that very proposal counts."""

from __future__ import annotations

from dataclasses import replace

from edge_agent.desk.changing import resumed
from edge_agent.desk.conversation import CallState
from edge_agent.desk.hearing import FoundValues, understood
from edge_agent.desk.naming import said_again
from edge_agent.desk.own_slots import leads
from edge_agent.desk.phrases import DeskPhrases, plain
from edge_agent.desk.premises import Premises
from edge_agent.desk.readers.common_names import is_common
from edge_agent.desk.readers.consent import consent
from edge_agent.desk.readers.digits import said_digits
from edge_agent.desk.readers.misheard import other_day
from edge_agent.desk.readers.phone import SHORTEST
from edge_agent.desk.step import Step

MOST = 8
"""So many appointments may be made in one call."""


def confirmed(words: str, conversation: CallState, premises: Premises) -> Step | None:
    """What comes of the answer to a proposal. None: it was none."""
    proposal = conversation.proposal
    if conversation.asked == "change":
        return _changed(words, conversation, premises)
    if proposal is None or conversation.asked != "confirm":
        return None
    phrases = premises.phrases
    answer = consent(_as_a_yes(words, proposal.kind, phrases), phrases)
    rest = answer.rest if answer.yes is not None else words
    if proposal.kind == "cancel" and (step := _moved_instead(words, conversation, premises)):
        return step
    heard = words if answer.yes else rest  # "yes, and a cleaning, too": the "and" tells that it is beside this
    found = understood(heard, conversation, premises) if plain(rest) else FoundValues()
    if step := wrong(words, conversation, premises):
        return step
    if is_new(found, conversation):
        return corrected(conversation, found, premises)
    if answer.yes is not True and (step := _misheard(rest, found, answer.yes, conversation, premises)):
        return step
    if answer.yes is True:
        return _agreed(rest, conversation, found, premises)
    if answer.yes is False:
        if _leaves(plain(words), premises):
            return None
        return Step(
            phrases.ask("change"), replace(conversation, proposal=None, asked="change", opening=conversation.opening)
        )
    if phrases.hears("another_day", plain(words)) or phrases.hears("change_time", plain(words)):
        return resumed(replace(conversation, proposal=None, opening=None, wish=type(conversation.wish)()), premises)
    if phrases.hears("question", plain(words)) and not _leaves(plain(words), premises):
        return Step(conversation.said, conversation, question=words)
    return None


def _as_a_yes(words: str, kind: str, phrases: DeskPhrases) -> str:
    """ "Yes, cancel it", asked whether it is to be cancelled, is a yes twice over."""
    does = f"does_{kind}"
    return phrases.pattern(does).sub("yes", words) if does in phrases.values["hear"] else words


def _moved_instead(words: str, conversation: CallState, premises: Premises) -> Step | None:
    """ "Can we move it to Friday instead?": what was to be cancelled is moved."""
    phrases, said = premises.phrases, plain(words)
    wish = understood(words, conversation, premises).wish
    if not (phrases.hears("moves_it", said) or (wish and phrases.hears("goes_elsewhere", said))):
        return None
    after = replace(conversation, task="move", proposal=None, wish=wish, opening=None, asked=None)
    return resumed(after, premises)


def _misheard(
    words: str, found: FoundValues, yes: bool | None, conversation: CallState, premises: Premises
) -> Step | None:
    """What was read back wrong is said again: a text is taken as it is heard now, a name that is heard as before is to
    be spelled, and a day is the one that sounds alike."""
    if other := other_day(words, premises.phrases) if yes is False and found.wish else None:
        return corrected(conversation, understood(other, conversation, premises), premises)
    if yes is not False and conversation.asked != "change":
        return None
    if text := said_again(words, conversation, premises):
        return corrected(conversation, FoundValues(text), premises)
    if _has_digits(words, premises):
        return resumed(conversation.without("phone").missed("phone"), premises)
    if "name" not in found.values:
        return None
    after = replace(conversation.without("name"), asked="name_spell", misses=0)
    return Step(premises.phrases.ask("name_spell", len(after.refused) - 1), after)


def _has_digits(words: str, premises: Premises) -> bool:
    """Whether most of a number was said: it is asked for digit by digit."""
    return any(len(run.digits) >= SHORTEST for run in said_digits(words, premises.phrases, SHORTEST))


def _agreed(rest: str, conversation: CallState, found: FoundValues, premises: Premises) -> Step:
    """A yes: what it is bound to is written, unless something beside it makes it doubtful."""
    phrases, said = premises.phrases, plain(rest)
    is_question = phrases.hears("question", said)
    if phrases.hears("bye", said) and not (found or is_question):
        return Step(phrases.say("bye"), replace(conversation, is_over=True), write=conversation.proposal)
    if said and phrases.hears("hedge", said):
        return Step(phrases.say("yes_or_no", question=conversation.said), conversation)
    if said and not (is_question or found or phrases.hears("thanks", said) or phrases.hears("nothing_more", said)):
        return Step(phrases.say("yes_or_no", question=conversation.said), conversation)
    if conversation.booked >= MOST:
        return Step(phrases.say("limit"), replace(conversation, proposal=None, asked=None))
    conversation = replace(conversation, also=found.also or conversation.also)
    return Step(phrases.ask("more"), conversation, write=conversation.proposal, question=rest if is_question else "")


def _leaves(said: str, premises: Premises) -> bool:
    """Whether the words drop the task, end the call, or ask for a person."""
    return any(premises.phrases.hears(each, said) for each in ("forget", "person", "bye"))


def is_new(found: FoundValues, conversation: CallState) -> bool:
    """Whether something else was said than what was read back."""
    if any(conversation.value(slot) != value.value for slot, value in found.values.items() if slot != "staff"):
        return True
    opening = conversation.opening
    staff = found.values.get("staff")
    if staff and staff.value != (opening.staff if opening else conversation.value("staff")):
        return True
    return bool(found.wish) and not (opening and found.wish.allows(opening.start) and not found.wish.is_unsure)


def corrected(conversation: CallState, found: FoundValues, premises: Premises) -> Step:
    """Only what was said is changed; the new proposal reads all of it back."""
    after = conversation.filled(**found.values)
    after = replace(after, proposal=None, misses=0)
    if found.wish:
        after = replace(after, wish=after.wish.with_more(found.wish), opening=None, offers=())
    elif {"service", "staff"} & set(found.values):
        after = replace(after, opening=None, offers=())
    if "name" in found.values and _is_to_be_spelled(after, premises):
        form = {slot: value for slot, value in after.form.items() if slot != "name"}
        return Step(premises.phrases.ask("name_spell"), replace(after, form=form, asked="name_spell"))
    return resumed(after, premises)


def _is_to_be_spelled(conversation: CallState, premises: Premises) -> bool:
    """Whether single letters have failed, and what they come to is a name that few people have."""
    return conversation.name_is_doubtful and not is_common(conversation.text("name"), premises.phrases.language)


def _changed(words: str, conversation: CallState, premises: Premises) -> Step | None:
    """The answer to "what should I change"."""
    phrases, said = premises.phrases, plain(words)
    found = understood(words, conversation, premises)
    if is_new(found, conversation):
        return corrected(conversation, found, premises)
    if step := _misheard(words, found, False, conversation, premises):
        return step
    if step := _emptied(said, conversation, premises):
        return step
    answer = consent(words, phrases)
    if answer.yes is False and not plain(answer.rest):
        return Step(
            f"{phrases.say('draft_dropped')} {phrases.ask('more')}",
            CallState(proposals=conversation.proposals, booked=conversation.booked, asked="more"),
        )
    return None


def wrong(words: str, conversation: CallState, premises: Premises) -> Step | None:
    """ "My name is wrong": it is asked again."""
    said = plain(words)
    if not premises.phrases.hears("wrong", said) or is_new(understood(words, conversation, premises), conversation):
        return None
    return _emptied(said, conversation, premises)


def _emptied(said: str, conversation: CallState, premises: Premises) -> Step | None:
    """The form without the slot that is named, and the question for it."""
    own = {slot.id: leads(slot) for slot in premises.asked_of(conversation)}
    for slot, names in {**own, **premises.phrases.values["slots"]}.items():
        if slot in ("when", *conversation.form) and any(f" {name} " in f" {said} " for name in names):
            after = conversation.without(slot)
            if slot == "when":
                after = replace(after, opening=None, wish=type(conversation.wish)())
            return resumed(after, premises)
    return None
