"""Hearing: all values that a caller's words hold: of the slot that was asked for first, then of all others."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from edge_agent.desk.conversation import CallState, Filled
from edge_agent.desk.naming import callers_name, is_whole_name
from edge_agent.desk.own_slots import TextParts, own_values
from edge_agent.desk.phrases import DeskPhrases, plain
from edge_agent.desk.premises import Premises
from edge_agent.desk.readers.email import WRITTEN, read_email
from edge_agent.desk.readers.letters import spelled
from edge_agent.desk.readers.named import SaidName
from edge_agent.desk.readers.phone import ReadPhone, read_phone
from edge_agent.desk.readers.plain_values import read_birth
from edge_agent.desk.readers.when import read_shift, read_when
from edge_agent.desk.readers.word_letters import letters_as_said
from edge_agent.desk.wish import TimeWish

SHORT = 9
"""Words of a sentence that corrects."""


@dataclass(frozen=True, slots=True)
class FoundValues:
    """What was found in the words of one turn."""

    values: Mapping[str, Filled] = field(default_factory=dict)
    wish: TimeWish = field(default_factory=TimeWish)
    digits: str = ""
    """The beginning of a telephone number."""
    any_staff: bool = False
    also: str = ""
    """A second service that is wanted, too."""

    def __bool__(self) -> bool:
        return bool(self.values or self.wish or self.digits or self.any_staff or self.also)


def understood(words: str, conversation: CallState, premises: Premises) -> FoundValues:
    """What the words hold. Nothing is invented: each value is of words that were said."""
    asked = conversation.asked
    words = letters_as_said(words, premises.phrases) if asked in ("name", "name_spell") else words
    values: dict[str, Filled] = {}
    letters = _letters(words, conversation, premises)
    rest = _hidden(words, letters)
    own = premises.own(asked or "")
    asks_email = asked == "email" or (own is not None and own.type == "email")
    asks_email = asks_email or ("email" in conversation.form and premises.phrases.hears("email_said", plain(words)))
    if email := read_email(words, premises.phrases) if asks_email or WRITTEN.search(words) else None:
        values["email"] = Filled(email, words)
        rest = WRITTEN.sub(lambda match: "#" * len(match[0]), rest) if WRITTEN.search(rest) else ""
        letters = ()
    born = own is not None and own.type == "date_of_birth"
    born = born and read_birth(words, premises.now, premises.region, premises.phrases) is not None
    phone = None if born else _phone(rest, conversation, premises)
    if phone:
        rest = rest[: phone.first] + "#" * (phone.last - phone.first) + rest[phone.last :]
        if phone.is_whole:
            values["phone"] = Filled(phone.number, words)
    rest, also = _names(rest, values, conversation, premises)
    takes_times = own is not None and own.type in ("date", "date_of_birth", "number")
    is_text = own is not None and own.type == "text"
    is_name = asked == "name" and is_whole_name(words, premises.phrases)
    loose = asked in ("when", "offer", "change", "confirm") or _corrects(words, conversation, premises)
    rest = _until(rest, values, premises)
    found = read_when(
        "" if is_name else rest, premises.now, premises.phrases, premises.region, asked=loose, sure=is_text
    )
    if moved := _shifted(rest, conversation, premises):
        found = replace(found, wish=moved)
    found = replace(found, wish=_split(found.wish, rest, found.places, values, premises))
    wish = TimeWish() if takes_times else _near(found.wish, rest, conversation, premises)
    named = _hidden(rest, found.places)
    for first, last in letters:
        named = named[:first] + words[first:last] + named[last:]
    said = {"has_values": bool(values or wish), "has_phone": "phone" in values}
    if (name := callers_name(named, conversation, premises, **said)) is not None:
        values["name"] = name
    values |= own_values(rest, words, conversation, premises, found.places)
    if own is not None and own.type in ("email", "phone", "name") and own.type in values:
        values[own.id] = values.pop(own.type)
    any_staff = asked == "staff" and "staff" not in values and premises.phrases.hears("any_staff", plain(words))
    return FoundValues(values, wish, phone.digits if phone and not phone.is_whole else "", any_staff, also)


def _corrects(words: str, conversation: CallState, premises: Premises) -> bool:
    """Whether it is a short sentence that does nothing but correct a time, or has an hour for the day that is known: in
    one a lone "eleven" is a time."""
    if len(words.split()) > SHORT:
        return False
    if conversation.opening is None:
        hour = premises.phrases.values["times"]["hour_alone"]
        return conversation.wish.one_day is not None and re.match(hour, words, re.IGNORECASE) is not None
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


def _shifted(text: str, conversation: CallState, premises: Premises) -> TimeWish | None:
    """ "Half an hour later", "the day after": from the time that is to be booked, or from which one is moved."""
    start = conversation.opening.start if conversation.opening else None
    if start is None and conversation.task == "move" and conversation.booking is not None:
        start = premises.ledger.booking(conversation.booking).start
    by = read_shift(text, premises.phrases, start) if start else None
    if start is None or by is None:
        return None
    return TimeWish.at(start.replace(tzinfo=None) + by)  # by the wall clock


def _split(wish: TimeWish, text: str, places: TextParts, values: dict[str, Filled], premises: Premises) -> TimeWish:
    """The first day of "July 7 to 9", where the owner asks for one more day: that is the last one."""
    slots = [each.id for each in premises.agent.asks if each.type == "date"]
    said = " ".join(text[first:last] for first, last in places)
    is_range = len(wish.days) == 1 and wish.one_day is None and premises.phrases.hears("range", said)
    if len(slots) != 1 or not is_range:
        return wish
    first, last = wish.days[0]
    values.setdefault(slots[0], Filled(last.isoformat(), text))
    return replace(wish, days=((first, first),))


def _letters(words: str, conversation: CallState, premises: Premises) -> TextParts:
    """Where a name is spelled: "november" is no month there, and "O" no digit."""
    asked = conversation.asked in ("name", "name_spell")
    if not (asked or "name" in conversation.form):
        return ()
    return tuple((each.first, each.last) for each in spelled(words, premises.phrases, least=3 if asked else 4))


def _near(wish: TimeWish, text: str, conversation: CallState, premises: Premises) -> TimeWish:
    """The wish, with a weekday near the days that are talked of: "Tuesday at two", behind an offer for the week after
    next, is not tomorrow."""
    phrases, offered = premises.phrases, [each.start.date() for each in conversation.offers]
    talked_of = offered or list(filter(None, [conversation.wish.one_day]))
    days = [first for first, last in wish.days if first == last]
    if len(wish.without) == 1 and not wish.days:
        return replace(wish, without=(_meant(wish.without[0], text, offered, conversation, phrases),))
    if not days or len(days) < len(wish.days) or phrases.hears("which_week", plain(text)):
        return wish
    if phrases.weekday(days[0]).casefold() not in plain(text):
        return wish
    other = _of_week(days[0], offered, conversation.wish)
    if other is None and talked_of:
        near = min(days, key=lambda day: abs(day - talked_of[0]))
        weeks = round((talked_of[0] - near).days / 7) if (talked_of[0] - near).days >= 4 else 0
        other = near + timedelta(days=7 * weeks) if weeks or len(days) > 1 else None
    return replace(wish, days=((other, other),), is_unsure=False) if other else wish


def _meant(day: date, text: str, offered: Sequence[date], conversation: CallState, phrases: DeskPhrases) -> date:
    """The day that is ruled out: "not Tuesday" is the one that is talked of."""
    if phrases.weekday(day).casefold() not in plain(text):
        return day
    same = [each for each in offered if each.weekday() == day.weekday()]
    return same[0] if same else _of_week(day, offered, conversation.wish) or day


def _of_week(day: date, offered: Sequence[date], wish: TimeWish) -> date | None:
    """That weekday of the week that was wished for, where the offers are of it, too."""
    (first, last) = wish.days[0] if len(wish.days) == 1 else (day, day)
    if first == last or (last - first).days > 7 or (offered and not first <= offered[0] <= last):
        return None
    other = first + timedelta(days=(day.weekday() - first.weekday()) % 7)
    return other if other <= last else None


def _hidden(text: str, places: TextParts) -> str:
    """The text with signs that nobody reads in those places."""
    for first, last in places:
        text = text[:first] + "#" * (last - first) + text[last:]
    return text


def _phone(words: str, conversation: CallState, premises: Premises) -> ReadPhone | None:
    asked = conversation.asked == "phone"
    if said := premises.phrases.pattern("oh").match(words):  # the nought of "oh two oh" is none in "oh, all right"
        words = _hidden(words, (said.span(),))
    has_ended = not conversation.digits and conversation.asked in ("phone", "confirm", "change")
    known = conversation.text("phone") if has_ended else ""
    return read_phone(words, premises.region, premises.phrases, conversation.digits, known=known, asked=asked)


def _names(text: str, values: dict[str, Filled], conversation: CallState, premises: Premises) -> tuple[str, str]:
    """The owner's names, put into `values`; the text without them, as some have numbers in them, and a second service
    where one is wanted beside the first."""
    also, said = "", text
    taken_back = premises.phrases.pattern("instead_of")
    both = (("service", premises.services), ("staff", premises.staff))
    for slot, names in both if conversation.asked != "staff" else both[::-1]:
        found = names.find(text)
        if slot == conversation.asked and not found and (nearest := names.nearest(premises.phrases.without_lead(text))):
            values[slot] = Filled(nearest.name, text, is_sure=False)
            return "#" * len(text), ""
        if slot == "staff":
            found = [each for each in found if not _is_of_a_person(each, text, conversation.asked, premises)]
            found = [each for each in found if not each.is_part or _is_a_name(each, text, conversation.asked)]
        kept = [each for each in found if not taken_back.search(text[: each.first].lower())]
        kept.sort(key=lambda each: each.last)
        if slot == "staff" and len(kept) > 1 and premises.phrases.hears("or_else", said[kept[0].last : kept[1].first]):
            kept = kept[:1]  # "Tom if he's free, otherwise Maria"
        if slot == "service" and len(kept) == 1 and _is_beside(kept[0], said, conversation, premises):
            return _hidden(text, ((kept[0].first, kept[0].last),)), kept[0].name
        if slot == "service" and len(kept) == 2 and _are_both(said, kept[0].last, kept[1].first, premises):
            kept, also = kept[:1], kept[1].name
        if kept:
            values[slot] = Filled(kept[-1].name, text)
        text = _hidden(text, tuple((each.first, each.last) for each in found))
    return text, also


def _is_beside(found: SaidName, text: str, conversation: CallState, premises: Premises) -> bool:
    """Whether it is wanted beside what is being booked: "and a cleaning right after"."""
    before = conversation.text("service")
    if conversation.task != "book" or before in ("", found.name) or conversation.asked == "service":
        return False
    return _are_both(text, 0, found.first, premises)


def _are_both(text: str, first: int, last: int, premises: Premises) -> bool:
    """Whether two services are wanted, one after the other: "a cut at ten and a beard trim", and no correction."""
    phrases = premises.phrases
    return phrases.hears("and_also", text[first:last]) and not phrases.hears("corrects", plain(text))


def _is_of_a_person(said: SaidName, text: str, asked: str | None, premises: Premises) -> bool:
    """Whether it is a word of the caller's own name: "Jane Okafor" is no "Dr Okafor"."""
    if " " in text[said.first : said.last]:
        return False
    before = re.search(r"([^\W\d_][\w'’]*)\s+$", text[: said.first])
    phrases = premises.phrases
    if phrases.hears("staff_lead", text[: said.first]) or phrases.pattern("suits").match(text[said.last :]):
        return False  # "with Maria then", "Maria's fine"
    titles = premises.phrases.values["names"]["titles"]
    if before is None or re.fullmatch(titles, before[1], re.IGNORECASE):
        return asked == "name" and before is None and not premises.phrases.hears("instead_of", text[: said.first])
    return before[1][0].isupper() and bool(text[: before.start()].strip() or asked == "name")


def _is_a_name(said: SaidName, text: str, asked: str | None) -> bool:
    """Whether a word of several is said as a name: not "a salon"."""
    return asked == "staff" or text[said.first].isupper() or text == text.lower()
