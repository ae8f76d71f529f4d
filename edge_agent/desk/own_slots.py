"""Own slots: what a caller answers to the owner's own questions."""

from __future__ import annotations

import re
from datetime import date, timedelta

from edge_agent.act.numbers import to_digits
from edge_agent.desk.conversation import CallState, Filled, SlotValue
from edge_agent.desk.file import AskedSlot
from edge_agent.desk.phrases import plain
from edge_agent.desk.premises import Premises
from edge_agent.desk.readers.consent import consent, restated
from edge_agent.desk.readers.email import read_email
from edge_agent.desk.readers.person import read_name
from edge_agent.desk.readers.phone import read_phone
from edge_agent.desk.readers.plain_values import (
    read_birth,
    read_choice,
    read_code,
    read_day,
    read_number,
    read_text,
)

SHORT = 5
"""Words of a sentence that corrects a time and has no room for more."""
TextParts = tuple[tuple[int, int], ...]
"""Parts of a text: first and last of each."""


def own_values(
    text: str, words: str, conversation: CallState, premises: Premises, places: TextParts
) -> dict[str, Filled]:
    """The answers in the caller's `words`; `text` is the same without names and numbers that are others', `places` are
    the times in it."""
    values: dict[str, Filled] = {}
    for slot in premises.asked_of(conversation):
        if conversation.asked == slot.id:
            value = _asked(slot, text, words, conversation, premises, places)
        else:
            value = _unasked(slot, text, words, premises, places)
        if value is not None:
            values[slot.id] = Filled(value, words)
    if conversation.asked == "message" and (said := words.strip()):
        values["message"] = Filled(said, words)
    return values


def _asked(
    slot: AskedSlot, text: str, words: str, conversation: CallState, premises: Premises, places: TextParts
) -> SlotValue | None:
    """The answer to the question that was asked just now; "" where there is none, and the owner lets that be."""
    phrases = premises.phrases
    refuses = slot.type != "yes_no" and (_denies(words, slot) or _only_no(words, premises))
    if slot.optional and (refuses or phrases.hears("skip", plain(words))):
        return ""
    if refuses and slot.type == "text":
        return phrases.part("no")
    if slot.type == "date" and (day := _day_from_there(words, conversation, premises)):
        return day.isoformat()
    if slot.type == "number" and _only_asks(words, premises):
        return None
    said = text
    if slot.type == "text":
        answer = consent(words, phrases)
        is_apart = (
            answer.yes is not None and answer.rest and words[: -len(answer.rest)].rstrip().endswith((".", ",", "!"))
        )
        said = _text_of(answer.rest, slot, premises, (), is_asked=True) if is_apart and not places else ""
        said = said or _text_of(words, slot, premises, places, is_asked=True)
    value = _value(said, slot, premises) if said.strip() else None
    if slot.type == "number" and places:  # "four nights, September 8 to 12"
        other = _value(_without(said, places), slot, premises)
        value = value if other is None else other
    return value


def _unasked(slot: AskedSlot, text: str, words: str, premises: Premises, places: TextParts) -> SlotValue | None:
    """What answers a question that was not asked just now: behind words that lead to it, or a choice by its name."""
    if slot.type == "number":
        said = _behind_lead(text, slot.hears, ()) or _behind_lead(words, slot.hears, places)
        said = said or _named_number(words, slot, premises)
        if said:
            return read_number(said, premises.phrases, first=True)
        said = _people(words, slot, premises)
    elif slot.type == "yes_no" and not slot.hears:
        return restated(words, slot.say, premises.phrases, in_full=True)
    elif slot.type == "text":
        said = _text_of(words, slot, premises, places, is_asked=False)
    else:
        said = _behind_lead(text, slot.hears, places if slot.type == "choice" else ())
    value = _value(said, slot, premises) if said.strip() else None
    if value is None and slot.type == "choice":
        value = read_choice(words, slot.choices)
    return value


def _named_number(words: str, slot: AskedSlot, premises: Premises) -> str:
    """The number that stands right behind the name of the slot: "the bill is about two hundred"."""
    about = premises.phrases.values["hear"]["about"]
    names = "|".join(map(re.escape, leads(slot)))
    said = to_digits(words.replace(",", ""), premises.phrases.language)
    found = re.search(rf"\b(?:{names})s?\s+(?:{about}\s+)*(\d+)\b", said, re.IGNORECASE) if names else None
    return found[1] if found else ""


def _day_from_there(words: str, conversation: CallState, premises: Premises) -> date | None:
    """ "A week later", "for three days": counted from the time that is being booked."""
    opening = conversation.opening
    begins = opening.start.date() if opening else conversation.wish.one_day
    found = re.search(premises.phrases.values["times"]["days_later"], plain(words), re.IGNORECASE)
    if begins is None or found is None:
        return None
    if not found["unit"]:
        return begins + timedelta(days=0 if found["same"] else 1)
    count = 1 if found["count"].strip() in ("a", "an") else read_number(found["count"], premises.phrases)
    days = 7 if found["unit"] in premises.phrases.values["times"]["weeks"] else 1
    return begins + timedelta(days=round(count * days)) if count is not None else None


def _people(words: str, slot: AskedSlot, premises: Premises) -> str:
    """ "No, two of us are coming": how many, where the question is for how many people."""
    if not premises.phrases.hears("people_asked", slot.say):
        return ""
    hear = premises.phrases.values["hear"]
    if len(re.findall(rf"(?:\b\w+ ){hear['kind_of_person']}", words, re.IGNORECASE)) > 1:
        return words
    found = re.search(rf"\b\w+ (?={hear['people']})", words, re.IGNORECASE)
    found = found or re.search(hear["people_for"], words, re.IGNORECASE)
    return found[0] if found else ""


def _only_asks(words: str, premises: Premises) -> bool:
    """Whether it is a question with a number in it, and no answer: not "two, is that all right?"."""
    said = plain(premises.phrases.without_lead(words))
    return premises.phrases.hears("question", said) and not premises.phrases.hears("request", said)


def _value(said: str, slot: AskedSlot, premises: Premises) -> SlotValue | None:
    phrases, now, region = premises.phrases, premises.now, premises.region
    match slot.type:
        case "yes_no":
            answer = consent(said, phrases).yes
            return restated(said, slot.say, phrases) if answer is None else answer
        case "choice":
            return read_choice(said, slot.choices)
        case "number":
            return read_number(said, phrases)
        case "date_of_birth":
            return read_birth(said, now, region, phrases)
        case "date" | "when":
            return read_day(said, now, region, phrases)
        case "name":
            name = read_name(said, phrases, asked=True)
            return name.name if name else None
        case "phone":
            phone = read_phone(said, region, phrases, asked=True)
            return phone.number if phone and phone.is_whole else None
        case "email":
            return read_email(said, phrases)
        case _:
            return read_code(said, phrases) or read_text(said, phrases) or _polar(said, slot, premises)


def _only_no(words: str, premises: Premises) -> bool:
    """Whether nothing but a no is said."""
    answer = consent(words, premises.phrases)
    return answer.yes is False and not answer.rest


def _denies(words: str, slot: AskedSlot) -> bool:
    """Whether "no special occasion" says that there is none of what was asked for."""
    first, *rest = plain(words).split() or [""]
    return first in ("no", "not", "without") and bool(rest) and set(rest) <= set(plain(slot.say).split())


def _polar(said: str, slot: AskedSlot, premises: Premises) -> str | None:
    """The yes to a question that may be answered in any words: "Is it for a special occasion?" """
    is_yes = premises.phrases.hears("polar", slot.say) and consent(said, premises.phrases).yes is True
    return premises.phrases.part("yes") if is_yes else None


def _text_of(words: str, slot: AskedSlot, premises: Premises, places: TextParts, *, is_asked: bool) -> str:
    """The free text for a slot: behind its lead, else what is no time and stands before the lead of another one."""
    is_wrong = premises.phrases.hears("wrong", plain(words))
    if not is_wrong and (said := _behind_lead(words, leads(slot), places)):
        return said
    if not is_asked or _corrects_a_time(words, places, premises):
        return ""
    said = _without(words, places)
    others = [each for each in premises.agent.asks if each.type == "text" and each.id != slot.id]
    for other in others:
        if (lead := re.search(rf"\b(?:{'|'.join(map(re.escape, leads(other)))})\b", said, re.IGNORECASE)) is not None:
            before = said[: lead.start()]
            said = before if len(before.split()) > 3 else ""
    return said


def _corrects_a_time(words: str, places: TextParts, premises: Premises) -> bool:
    """Whether "not Wednesday, Thursday" is about the time and nothing else."""
    return bool(places) and len(words.split()) <= SHORT and premises.phrases.hears("corrects", plain(words))


def leads(slot: AskedSlot) -> tuple[str, ...]:
    """Words behind which the answer stands: those of the file, else those that the slot is named by."""
    words = slot.id.split("_")
    return slot.hears or tuple({" ".join(words), words[-1]} - {"name", "phone", "number", "time", "date"})


def _behind_lead(text: str, hears: tuple[str, ...], places: TextParts) -> str:
    """What stands behind one of the words that lead to the slot, up to the next mark or time; nothing without them."""
    if not hears:
        return ""
    ahead = "|".join(re.escape(each) for each in sorted(hears, key=len, reverse=True))
    small = r"(?:(?:is|as|it|of|to|will be|would be|should be|at)\b\s*)*"
    found = list(re.finditer(rf"\b(?:{ahead})\b\s*{small}:?\s*", text, re.IGNORECASE))
    if not found:
        return ""
    begin = found[-1].end()
    end = min([first for first, _ in places if first >= begin], default=len(text))
    return text[begin:end].strip(" ,")


def _without(text: str, places: TextParts) -> str:
    """The text without the times in it."""
    for first, last in reversed(places):
        text = text[:first] + text[last:]
    return text
