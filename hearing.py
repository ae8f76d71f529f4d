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
from edge_agent.desk.readers.letters import spelled
from edge_agent.desk.readers.named import SaidName
from edge_agent.desk.readers.person import read_name
from edge_agent.desk.readers.phone import ReadPhone, read_phone
from edge_agent.desk.readers.plain_values import read_birth, read_choice, read_day, read_number, read_text
from edge_agent.desk.readers.when import read_when
from edge_agent.desk.wish import TimeWish

SHORT = 9
"""Words of a sentence that does nothing but correct: in one a lone "eleven" is a time."""


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
    asked, phrases = conversation.asked, premises.phrases
    values: dict[str, Filled] = {}
    rest = words
    if email := read_email(words, phrases) if asked == "email" or WRITTEN.search(words) else None:
        values["email"] = Filled(email, words)
        rest = _hidden(rest, [(match.start(), match.end()) for match in WRITTEN.finditer(rest)] or [(0, len(rest))])
    phone = _phone(rest, conversation, premises)
    if phone:
        rest = _hidden(rest, [(phone.first, phone.last)])
        if phone.is_whole:
            values["phone"] = Filled(phone.number, words)
    named = rest
    rest = _names(rest, values, conversation, premises)
    own = premises.own(asked or "")
    takes_times = own is not None and own.type in ("date", "date_of_birth", "number")
    timely = _hidden(rest, [(run.first, run.last) for run in spelled(rest, phrases, least=3)])
    corrects = conversation.opening is not None and phrases.hears("corrects", plain(words)) and not phone
    loose = asked in ("when", "offer", "change") or (corrects and len(words.split()) <= SHORT)
    is_text = own is not None and own.type == "text"
    found = read_when(timely, premises.now, phrases, premises.region, asked=loose, sure=is_text)
    wish = TimeWish() if takes_times else found.wish
    others = {
        slot for slot in values if slot in ("service", "staff") and conversation.value(slot) != values[slot].value
    }
    said = _hidden(named if not (values.keys() & {"service", "staff"}) else rest, list(found.places))
    if (name := _name(said, conversation, premises, has_values=bool(others or wish))) is not None:
        values["name"] = name
    values |= _own(words if is_text else rest, words, conversation, premises, found.places)
    any_staff = asked == "staff" and "staff" not in values and phrases.hears("any_staff", plain(words))
    return FoundValues(values, wish, phone.digits if phone and not phone.is_whole else "", any_staff)


def _hidden(text: str, places: list[tuple[int, int]]) -> str:
    """The text with those places hidden, as long as before."""
    for first, last in places:
        text = text[:first] + "#" * (last - first) + text[last:]
    return text


def _phone(words: str, conversation: CallState, premises: Premises) -> ReadPhone | None:
    asked = conversation.asked == "phone"
    return read_phone(words, premises.region, premises.phrases, conversation.digits, asked=asked)


def _names(text: str, values: dict[str, Filled], conversation: CallState, premises: Premises) -> str:
    """The owner's names, put into `values`; the text without them, as some have numbers in them."""
    phrases = premises.phrases
    for slot, names in (("service", premises.services), ("staff", premises.staff)):
        found = names.find(text)
        if slot == "staff":
            found = [each for each in found if not _is_caller(each, text, conversation, premises)]
        kept = [each for each in found if not phrases.pattern("instead_of").search(text[: each.first].lower())]
        text = _hidden(text, [(each.first, each.last) for each in found])
        if kept:
            best = max(kept, key=lambda each: each.last) if len(kept) > 1 else kept[0]
            values[slot] = Filled(best.name, text)
    return text


def _is_caller(said: SaidName, text: str, conversation: CallState, premises: Premises) -> bool:
    """Whether a name of the staff is the caller's own: "my name is Laura Okafor", "Martin Okafor"."""
    phrases, before = premises.phrases, text[: said.first]
    words = [word for word in plain(text[said.first : said.last]).split() if len(word) > 1]
    if len(words) > 1 or plain(said.name) == " ".join(words):
        return False
    if phrases.hears("name_unasked", before):
        return True
    title = re.search(rf"\b{phrases.values['names']['titles']}\s*$", before, re.IGNORECASE)
    if title or phrases.hears("staff_lead", before.lower()):
        return False
    return conversation.asked in ("name", "name_spell") or re.search(r"\b[A-Z][a-z]+\s+$", before) is not None


def _name(text: str, conversation: CallState, premises: Premises, *, has_values: bool) -> Filled | None:
    """The caller's name. One that was asked for is not looked for in a question, or where something is corrected."""
    phrases, known = premises.phrases, conversation.text("name")
    if known and (renamed := _renamed(text, known, premises)):
        return renamed
    asked = conversation.asked in ("name", "name_spell") and not has_values
    if phrases.hears("question", plain(phrases.without_lead(text))):
        asked = False
    found = read_name(text.replace("#", " "), phrases, known, asked=asked)
    return Filled(found.name, text, found.was_spelled) if found else None


def _renamed(text: str, known: str, premises: Premises) -> Filled | None:
    """ "It's Tom Baker, not Peter Nair", "not Peter Nair, Tom Baker": another name in place of the known one."""
    old = re.search(rf"[,.]?\s*\b(?:not|instead of)\s+{re.escape(known)}\b[,.]?", text, re.IGNORECASE)
    if old is None:
        return None
    found = read_name(f"{text[: old.start()]} {text[old.end() :]}", premises.phrases, asked=True)
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
