"""Naming: the name of a caller, and what they say again because it was misheard."""

from __future__ import annotations

import re

from edge_agent.desk.conversation import CallState, Filled
from edge_agent.desk.phrases import DeskPhrases, plain
from edge_agent.desk.premises import Premises
from edge_agent.desk.readers.consent import consent
from edge_agent.desk.readers.person import LONGEST, read_name
from edge_agent.desk.readers.plain_values import read_text

_ALIKE = 55
"""How alike, of 100, what is said is to the name that was read back, where it is the name again."""
_ALIKE_TEXT = 60
"""How alike a free text is to itself, of which any word may be misheard."""
_WHOLE_NAME = re.compile(r"\b[A-Z][\w'’.-]*\s+[A-Z][\w'’.-]*")
_NOTHING_ELSE = re.compile(rf"\s*{_WHOLE_NAME.pattern}[.! ]*")
_CORRECTED = re.compile(r"(?i:no|sorry|actually|wait|oh)\b[, ]+(?i:it's|it is|that's)\s+[A-Z][\w'’.-]*\s+[A-Z]")
"""A name in place of another, as the ASR writes it: "Sorry, it's Jo Baker"."""


def callers_name(
    text: str, conversation: CallState, premises: Premises, *, has_values: bool, has_phone: bool
) -> Filled | None:
    """The caller's name. One that was asked for is not looked for in a question; beside other answers, or instead of
    the one that is known, it has to look like one; unasked, beside a number, it is all of a part."""
    phrases = premises.phrases
    before = conversation.text("name")
    asked = conversation.asked in ("name", "name_spell") and not phrases.hears(
        "question", plain(phrases.without_lead(text))
    )
    if has_phone and not asked and not before and (alone := _of_its_own(text, phrases)):
        return Filled(alone, text)
    said, refused = text.replace("#", " "), conversation.refused
    asked = asked or (len(conversation.offers) == 1 and _NOTHING_ELSE.fullmatch(said) is not None)
    if asked and has_values and not phrases.hears("name_unasked", said):
        asked = _WHOLE_NAME.search(phrases.without_lead(said)) is not None and len(said.split()) <= 8
    elif before and not asked and not has_values:
        taken_back = re.search(rf"\b(?:not|instead of)\s+{re.escape(before)}\b", said, re.IGNORECASE)
        said = said[: taken_back.start()] + said[taken_back.end() :] if taken_back else said
        asked = taken_back is not None or _CORRECTED.match(said) is not None
        if conversation.asked in ("confirm", "change") and (answer := consent(said, phrases)).yes is not True:
            refused = (*refused, before.casefold())
            asked = asked or _is_again(answer.rest if answer.yes is False else said, before, phrases)
    found = read_name(said, phrases, conversation.names, refused=refused, asked=asked)
    return Filled(found.name, text, found.was_spelled) if found else None


def _of_its_own(text: str, phrases: DeskPhrases) -> str:
    """The one part between marks that is a whole name: "a trim on Friday, Kate Ford, 07700 900 212"."""
    parts = [part.strip(" #!") for part in re.split(r"[,.;]", text)]
    found = [part for part in parts if is_whole_name(part, phrases)]
    return found[0] if len(found) == 1 else ""


def is_whole_name(text: str, phrases: DeskPhrases) -> bool:
    """Whether a text is two words as names are written, and no more, of which one may be a time: "Dawn Pike"."""
    if not _NOTHING_ELSE.fullmatch(text):
        return False
    words = plain(text).split()
    return not any(phrases.pattern("name_stop").fullmatch(word) or phrases.hears("day_word", word) for word in words)


def is_for_another(words: str, phrases: DeskPhrases) -> bool:
    """Whether an appointment is for somebody else than who calls: "for my son". Whose name it is, is asked."""
    names = phrases.values["names"]
    return re.search(names["for_lead"] + names["relations"], words, re.IGNORECASE) is not None


def said_again(words: str, conversation: CallState, premises: Premises) -> dict[str, Filled]:
    """The free text that was read back of which the words are another hearing; nothing where they are like none."""
    from rapidfuzz.fuzz import ratio

    said = read_text(words, premises.phrases) or ""
    texts = [
        slot.id for slot in premises.asked_of(conversation) if slot.type == "text" and slot.id in conversation.form
    ]
    alike = max(((ratio(said.casefold(), conversation.text(id).casefold()), id) for id in texts), default=(0.0, ""))
    places = [id for id in texts if premises.phrases.hears("place_slot", id.replace("_", " "))]
    if len(places) == 1 and premises.phrases.hears("street", said):
        alike = _ALIKE_TEXT, places[0]
    is_other = alike[0] >= _ALIKE_TEXT and said != conversation.text(alike[1])
    return {alike[1]: Filled(said, words)} if is_other else {}


def _is_again(said: str, before: str, phrases: DeskPhrases) -> bool:
    """Whether the name that was read back is said again, perhaps with its letters: that it is wrong is meant."""
    from rapidfuzz.fuzz import ratio

    words = re.split(phrases.pattern("spells"), phrases.without_lead(said))[0].strip(" .,!?|")
    return len(words.split()) <= LONGEST and ratio(words.casefold(), before.casefold()) >= _ALIKE
