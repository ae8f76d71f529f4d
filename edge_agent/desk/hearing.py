"""Hearing: all values that a caller's words hold: of the slot that was asked for first, then of all others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from edge_agent.desk.conversation import CallState, Filled, SlotValue
from edge_agent.desk.file import AskedSlot
from edge_agent.desk.naming import callers_name
from edge_agent.desk.phrases import plain
from edge_agent.desk.premises import Premises
from edge_agent.desk.readers.consent import consent, restated
from edge_agent.desk.readers.email import WRITTEN, read_email
from edge_agent.desk.readers.letters import spelled
from edge_agent.desk.readers.named import SaidName
from edge_agent.desk.readers.person import read_name
from edge_agent.desk.readers.phone import ReadPhone, read_phone
from edge_agent.desk.readers.plain_values import read_birth, read_choice, read_day, read_number, read_text
from edge_agent.desk.readers.when import read_when
from edge_agent.desk.wish import TimeWish

SHORT = 9
"""Words of a sentence that corrects."""
TextParts = tuple[tuple[int, int], ...]
"""Parts of a text: first and last of each."""


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
    letters = _letters(words, conversation, premises)
    rest = _hidden(words, letters)
    own = premises.own(asked or "")
    asks_email = asked == "email" or (own is not None and own.type == "email")
    if email := read_email(words, premises.phrases) if asks_email or WRITTEN.search(words) else None:
        values["email"] = Filled(email, words)
        rest = WRITTEN.sub(lambda match: "#" * len(match[0]), rest) if WRITTEN.search(rest) else ""
        letters = ()
    phone = _phone(rest, conversation, premises)
    if phone:
        rest = rest[: phone.first] + "#" * (phone.last - phone.first) + rest[phone.last :]
        if phone.is_whole:
            values["phone"] = Filled(phone.number, words)
    rest = _names(rest, values, conversation, premises)
    takes_times = own is not None and own.type in ("date", "date_of_birth", "number")
    is_text = own is not None and own.type == "text"
    loose = asked in ("when", "offer", "change", "confirm") or _corrects(words, conversation, premises)
    rest = _until(rest, values, premises)
    found = read_when(rest, premises.now, premises.phrases, premises.region, asked=loose, sure=is_text)
    wish = TimeWish() if takes_times else found.wish
    named = _hidden(rest, found.places)
    for first, last in letters:
        named = named[:first] + words[first:last] + named[last:]
    if (name := callers_name(named, conversation, premises, has_values=bool(values or wish))) is not None:
        values["name"] = name
    values |= _own(rest, words, conversation, premises, found.places)
    if own is not None and own.type == "email" and "email" in values:
        values[own.id] = values.pop("email")
    any_staff = asked == "staff" and "staff" not in values and premises.phrases.hears("any_staff", plain(words))
    return FoundValues(values, wish, phone.digits if phone and not phone.is_whole else "", any_staff)


def _corrects(words: str, conversation: CallState, premises: Premises) -> bool:
    """Whether it is a short sentence that does nothing but correct a time: in one a lone "eleven" is a time."""
    if conversation.opening is None or len(words.split()) > SHORT:
        return False
    return premises.phrases.hears("corrects", plain(words))


def _until(text: str, values: dict[str, Filled], premises: Premises) -> str:
    """The day up to which something is wanted, put into `values` where the owner asks for one; the text without it."""
    slots = [each.id for each in premises.agent.asks if each.type == "date"]
    lead = re.search(premises.phrases.values["times"]["until_day"], text, re.IGNORECASE) if len(slots) == 1 else None
    if lead is None:
        return text
    found = read_when(text[lead.end() :], premises.now, premises.phrases, premises.region)
    if found.wish.one_day is None or found.places[0][0] > 4:
        return text
    values[slots[0]] = Filled(found.wish.one_day.isoformat(), text)
    return _hidden(text, ((lead.start(), lead.end() + found.places[0][1]),))


def _letters(words: str, conversation: CallState, premises: Premises) -> TextParts:
    """Where a name is spelled: "november" is no month there, and "O" no digit."""
    asked = conversation.asked in ("name", "name_spell")
    if not (asked or "name" in conversation.form):
        return ()
    return tuple((each.first, each.last) for each in spelled(words, premises.phrases, least=3 if asked else 4))


def _hidden(text: str, places: TextParts) -> str:
    """The text with signs that nobody reads in those places."""
    for first, last in places:
        text = text[:first] + "#" * (last - first) + text[last:]
    return text


def _phone(words: str, conversation: CallState, premises: Premises) -> ReadPhone | None:
    asked = conversation.asked == "phone"
    return read_phone(words, premises.region, premises.phrases, conversation.digits, asked=asked)


def _names(text: str, values: dict[str, Filled], conversation: CallState, premises: Premises) -> str:
    """The owner's names, put into `values`; the text without them, as some have numbers in them."""
    taken_back = premises.phrases.pattern("instead_of")
    both = (("service", premises.services), ("staff", premises.staff))
    for slot, names in both if conversation.asked != "staff" else both[::-1]:
        found = names.find(text)
        if slot == conversation.asked and not found and (nearest := names.nearest(premises.phrases.without_lead(text))):
            values[slot] = Filled(nearest.name, text, is_sure=False)
            return "#" * len(text)
        if slot == "staff":
            found = [each for each in found if not _is_of_a_person(each, text, conversation.asked, premises)]
            found = [each for each in found if not each.is_part or _is_a_name(each, text, conversation.asked)]
        kept = [each for each in found if not taken_back.search(text[: each.first].lower())]
        if kept:
            values[slot] = Filled(max(kept, key=lambda each: each.last).name, text)
        text = _hidden(text, tuple((each.first, each.last) for each in found))
    return text


def _is_of_a_person(said: SaidName, text: str, asked: str | None, premises: Premises) -> bool:
    """Whether it is a word of the caller's own name: "Jane Okafor" is no "Dr Okafor"."""
    if " " in text[said.first : said.last]:
        return False
    before = re.search(r"([^\W\d_][\w'’]*)\s+$", text[: said.first])
    titles = premises.phrases.values["names"]["titles"]
    if before is None or re.fullmatch(titles, before[1], re.IGNORECASE):
        return asked == "name" and before is None and not premises.phrases.hears("instead_of", text[: said.first])
    return before[1][0].isupper() and bool(text[: before.start()].strip() or asked == "name")


def _is_a_name(said: SaidName, text: str, asked: str | None) -> bool:
    """Whether a word of several is said as a name: not "a salon"."""
    return asked == "staff" or text[said.first].isupper() or text == text.lower()


def _own(text: str, words: str, conversation: CallState, premises: Premises, places: TextParts) -> dict[str, Filled]:
    """The answers to the owner's own questions."""
    values: dict[str, Filled] = {}
    for slot in premises.asked_of(conversation):
        is_asked = conversation.asked == slot.id
        said = text
        if slot.type == "text":
            said = _text_of(words, slot, premises, places, is_asked=is_asked)
        elif slot.type == "choice" and not is_asked:
            said = _behind_lead(text, slot.hears, places)
        elif not is_asked:
            said = _behind_lead(text, slot.hears, ()) or _people(words, slot, premises)
        elif slot.type == "number" and _only_asks(words, premises):
            said = ""
        value = _value(said, slot, premises) if said.strip() else None
        if slot.type == "number" and is_asked and places:  # "four nights, September 8 to 12"
            other = _value(_without(said, places), slot, premises)
            value = value if other is None else other
        if value is None and slot.type == "choice" and not is_asked:
            value = read_choice(words, slot.choices)
        if value is not None:
            values[slot.id] = Filled(value, words)
        elif is_asked and slot.optional and premises.phrases.hears("skip", plain(words)):
            values[slot.id] = Filled("", words)
    if conversation.asked == "message" and (said := words.strip()):
        values["message"] = Filled(said, words)
    return values


def _people(words: str, slot: AskedSlot, premises: Premises) -> str:
    """ "No, two of us are coming": how many, where the question is for how many people."""
    found = re.search(rf"\b\w+ (?={premises.phrases.values['hear']['people']})", words, re.IGNORECASE)
    return found[0] if found and slot.type == "number" and premises.phrases.hears("people", slot.say) else ""


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
            return read_text(said, phrases)


def _text_of(words: str, slot: AskedSlot, premises: Premises, places: TextParts, *, is_asked: bool) -> str:
    """The free text for a slot: behind its lead, else what is no time and stands before the lead of another one."""
    if said := _behind_lead(words, _leads(slot), places):
        return said
    if not is_asked:
        return ""
    said = _without(words, places)
    others = [each for each in premises.agent.asks if each.type == "text" and each.id != slot.id]
    for other in others:
        if (lead := re.search(rf"\b(?:{'|'.join(map(re.escape, _leads(other)))})\b", said, re.IGNORECASE)) is not None:
            before = said[: lead.start()]
            said = before if len(before.split()) > 3 else ""
    return said


def _leads(slot: AskedSlot) -> tuple[str, ...]:
    """Words behind which the answer stands: those of the file, else those that the slot is named by."""
    words = slot.id.split("_")
    return slot.hears or tuple({" ".join(words), words[-1]} - {"name", "phone", "number", "time", "date"})


def _behind_lead(text: str, hears: tuple[str, ...], places: TextParts) -> str:
    """What stands behind one of the words that lead to the slot, up to the next mark or time; nothing without them."""
    if not hears:
        return ""
    leads = "|".join(re.escape(each) for each in sorted(hears, key=len, reverse=True))
    small = r"(?:(?:is|as|it|of|to|will be|would be|should be|at)\b\s*)*"
    found = list(re.finditer(rf"\b(?:{leads})\b\s*{small}:?\s*", text, re.IGNORECASE))
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
