"""Email: an address, as it is written and as it is said ("anna dot smith at mail dot com")."""

from __future__ import annotations

import re

from edge_agent.desk.phrases import DeskPhrases
from edge_agent.desk.readers.digits import said_digits
from edge_agent.desk.readers.letters import spelled

WRITTEN = re.compile(r"[A-Za-z0-9][\w.+-]*@[\w-]+(?:\.[\w-]+)+")
_LEAST = re.compile(r"[a-z0-9][a-z0-9._+-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)+")


def read_email(text: str, phrases: DeskPhrases) -> str | None:
    """The address in small letters; None where there is no whole one."""
    if found := list(WRITTEN.finditer(text)):
        return found[-1][0].lower().rstrip(".")
    said = _without_lead(_spelled_once(text.casefold(), phrases), phrases)
    said = _with_signs(_with_letters(said, phrases), phrases)
    domain = re.search(r"([a-z0-9._+-]+)@([a-z0-9-]+(?:\.[a-z0-9-]+)+)", said)
    return domain[0].strip(".") if domain and _LEAST.fullmatch(domain[0].strip(".")) else None


def _spelled_once(said: str, phrases: DeskPhrases) -> str:
    """The text without what is said a second time of it: ", b for bravo", and a word whose letters follow it."""
    said = re.sub(rf",\s*([a-z]) {phrases.values['hear']['spell_as']} \1\w+,?", " ", said)
    for run in reversed(spelled(said, phrases)):
        lead = re.search(rf"(\w+),?\s+(?:{phrases.values['hear']['spells']})\s*$", said[: run.first])
        if lead and lead[1] and lead[1][0] == run.letters[0]:
            said = f"{said[: lead.start(1)]}{run.letters}{said[run.last :].lstrip(',')}"
    return said


def _without_lead(text: str, phrases: DeskPhrases) -> str:
    """The text from the address on."""
    said = phrases.without_lead(text.casefold())
    lead = re.search(phrases.values["hear"]["email_lead"] + r"\s*", said)
    return said[lead.end() :] if lead and not re.search(r"\b(?:at|@)\b", said[: lead.start()]) else said


def _with_letters(said: str, phrases: DeskPhrases) -> str:
    """Letters and digits that were spelled, put together."""
    for run in reversed(spelled(said, phrases)):
        said = f"{said[: run.first]}{run.letters}{said[run.last :]}"
    for digits in reversed(said_digits(said, phrases, 1)):
        if not re.fullmatch(r"(?:to|too|for|o)", said[digits.first : digits.last]):
            said = f"{said[: digits.first]}{digits.digits}{said[digits.last :]}"
    return said


def _with_signs(said: str, phrases: DeskPhrases) -> str:
    """Signs in place of their names, and no blanks around them; within a half no blanks at all."""
    for sign, names in phrases.values["email"].items():
        names = sorted(names, key=len, reverse=True)
        said = re.sub(rf"\s*\b(?:{'|'.join(names)})\b\s*", sign, said)
    said = re.sub(r"\s*([@_+-])\s*", r"\1", said)
    said = re.sub(r"\s*\.\s*(?=[a-z0-9])", ".", said)
    local, at, domain = said.partition("@")
    if not at:
        return said
    host = re.match(r"[a-z0-9. -]+?\.(?:co\.[a-z]{2}|[a-z]{2,6})(?=$|[^a-z.]|\.(?![a-z]))", domain) or re.match(
        r".*", domain
    )
    return f"{local.replace(' ', '').replace(',', '')}@{host[0].replace(' ', '') if host else ''}"
