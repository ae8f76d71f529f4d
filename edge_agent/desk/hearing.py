"""Hearing: all values that a caller's words hold: of the slot that was asked for first, then of all others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from edge_agent.desk.conversation import CallState, Filled, SlotValue
from edge_agent.desk.file import AskedSlot
from edge_agent.desk.phrases import plain
from edge_agent.desk.premises import Premises
from edge_agent.desk.readers.consent import consent
from edge_agent.desk.readers.email import WRITTEN, read_email
from edge_agent.desk.readers.person import read_name
from edge_agent.desk.readers.phone import ReadPhone, read_phone
from edge_agent.desk.readers.plain_values import read_birth, read_choice, read_day, read_number, read_text
from edge_agent.desk.readers.when import read_when
from edge_agent.desk.wish import TimeWish


@dataclass(frozen=True, slots=True)
class FoundValues:
    """What was found in the words of one turn."""

    values: Mapping[str, Filled] = field(default_factory=dict)
    wish: TimeWish = field(default_factory=TimeWish)
    digits: str = ""
    """The beginning of a telephone number."""
    any_staff: bool = False

    def __bool__(self) -> bool:
        return bool(self.values or self.wish or self.digits or self.any_staff)


def understood(words: str, conversation: CallState, premises: Premises) -> FoundValues:
    """What the words hold. Nothing is invented: each value is of words that were said."""
    asked = conversation.asked
    values: dict[str, Filled] = {}
    rest = words
    if email := read_email(words, premises.phrases) if asked == "email" or WRITTEN.search(words) else None:
        values["email"] = Filled(email, words)
        rest = WRITTEN.sub(lambda match: "#" * len(match[0]), rest) if WRITTEN.search(rest) else ""
    phone = _phone(rest, conversation, premises)
    if phone:
        rest = rest[: phone.first] + "#" * (phone.last - phone.first) + rest[phone.last :]
        if phone.is_whole:
            values["phone"] = Filled(phone.number, words)
    own = premises.own(asked or "")
    rest = _names(rest, values, conversation, premises)
    takes_times = own is not None and own.type in ("date", "date_of_birth", "number")
    found = read_when(rest, premises.now, premises.phrases, premises.region, asked=asked in ("when", "offer", "change"))
    wish = TimeWish() if takes_times else found.wish
    named = rest
    for first, last in found.places:
        named = named[:first] + "#" * (last - first) + named[last:]
    if (name := _name(named, conversation, premises, has_values=bool(values or wish))) is not None:
        values["name"] = name
    values |= _own(rest, words, conversation, premises, found.places)
    any_staff = asked == "staff" and "staff" not in values and premises.phrases.hears("any_staff", plain(words))
    return FoundValues(values, wish, phone.digits if phone and not phone.is_whole else "", any_staff)


def _phone(words: str, conversation: CallState, premises: Premises) -> ReadPhone | None:
    asked = conversation.asked == "phone"
    return read_phone(words, premises.region, premises.phrases, conversation.digits, asked=asked)


def _names(text: str, values: dict[str, Filled], conversation: CallState, premises: Premises) -> str:
    """The owner's names, put into `values`; the text without them, as some have numbers in them."""
    taken_back = premises.phrases.pattern("instead_of")
    for slot, names in (("service", premises.services), ("staff", premises.staff)):
        found = [each for each in names.find(text) if not taken_back.search(text[: each.first].lower())]
        if slot == "staff" and conversation.asked == "name":
            found = [each for each in found if each.score > 105]
        for each in found:
            text = text[: each.first] + "#" * (each.last - each.first) + text[each.last :]
        if found:
            best = max(found, key=lambda each: each.last) if len(found) > 1 else found[0]
            values[slot] = Filled(best.name, text)
    return text


def _name(text: str, conversation: CallState, premises: Premises, *, has_values: bool) -> Filled | None:
    """The caller's name. One that was asked for is not looked for in a question, or beside other answers."""
    phrases = premises.phrases
    asked = conversation.asked in ("name", "name_spell")
    said = phrases.without_lead(text)
    if asked and (phrases.hears("question", plain(said)) or (has_values and not phrases.hears("name_unasked", text))):
        asked = has_values and not phrases.hears("question", plain(said)) and len(said.split()) <= 8
    found = read_name(text.replace("#", " "), phrases, conversation.text("name"), asked=asked)
    return Filled(found.name, text, found.was_spelled) if found else None


def _own(
    text: str, words: str, conversation: CallState, premises: Premises, places: tuple[tuple[int, int], ...]
) -> dict[str, Filled]:
    """The answers to the owner's own questions."""
    values: dict[str, Filled] = {}
    for slot in premises.agent.asks:
        is_asked = conversation.asked == slot.id
        said = text
        if slot.type in ("text", "choice") and not is_asked:
            said = _behind_lead(text, slot, places)
        elif slot.type == "text":
            said = _behind_lead(text, slot, places) or _without(text, places)
        elif not is_asked:
            said = _behind_lead(text, slot, ())
        value = _value(said, slot, premises) if said.strip() else None
        if value is None and slot.type == "choice" and not is_asked:
            value = read_choice(words, slot.choices)
        if value is not None:
            values[slot.id] = Filled(value, words)
        elif is_asked and slot.optional and premises.phrases.hears("skip", plain(words)):
            values[slot.id] = Filled("", words)
    if conversation.asked == "message" and (said := words.strip()):
        values["message"] = Filled(said, words)
    return values


def _value(said: str, slot: AskedSlot, premises: Premises) -> SlotValue | None:
    phrases, now, region = premises.phrases, premises.now, premises.region
    match slot.type:
        case "yes_no":
            return consent(said, phrases).yes
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
            return read_text(said, phrases)


def _behind_lead(text: str, slot: AskedSlot, places: tuple[tuple[int, int], ...]) -> str:
    """What stands behind one of the words that lead to the slot, up to the next mark or time; nothing without them."""
    if not slot.hears:
        return ""
    leads = "|".join(re.escape(each) for each in sorted(slot.hears, key=len, reverse=True))
    small = r"(?:(?:is|as|it|of|to|will be|would be|should be|at)\b\s*)*"
    found = list(re.finditer(rf"\b(?:{leads})\b\s*{small}:?\s*", text, re.IGNORECASE))
    if not found:
        return ""
    begin = found[-1].end()
    end = min([first for first, _ in places if first >= begin], default=len(text))
    return text[begin:end].strip(" ,")


def _without(text: str, places: tuple[tuple[int, int], ...]) -> str:
    """The text without the times in it."""
    for first, last in reversed(places):
        text = text[:first] + text[last:]
    return text
