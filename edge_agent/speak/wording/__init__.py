"""Text -> words that the phonemizer (espeak-ng) reads right, and that cannot kill it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

from edge_agent.speak.wording.safe import safe
from edge_agent.words import rules_of
from edge_agent.words.rules import Rule, apply

_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--.*?-->")
_LINE_MARK = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|[-*+•][ \t]+|>[ \t]*)", re.MULTILINE)
_RESIDUE = str.maketrans({"|": ", ", "_": " "} | dict.fromkeys("*`#[]{}<>\\•", ""))
_STRIKE = re.compile(r"~~+")
_LONE_DASH = re.compile(r"(?<=\s)[-–]{1,3}(?=\s)|(?<=\w)--+(?=\w)")
_ELLIPSIS = re.compile(r"\s*\.{2,}(\s*$)?")
_NOTHING = re.compile(r"^(?:[-—.,;:!?]+(?:\s+|$))+")
_PASSES = 4


def speakable(text: str, language: str = "en") -> str:
    """The words of one sentence, for a voice that speaks `language` (ISO 639-1, "en_US" and "en-gb" will do).

    Numbers, dates, units, money, addresses, abbreviations and symbols become words by the rules of the language
    (edge_agent/words/); where there are none, espeak-ng reads the digits. Markup, emoji and control characters go. No
    word is longer than 64 characters, none is repeated without end (see `safe`). Saying it twice changes nothing:
    speakable(speakable(x)) == speakable(x). Empty if there is nothing to say.
    """
    rules = rules_of(language)
    for _ in range(_PASSES):  # what one pass takes away may leave something for the next
        before, text = text, _once(text, rules)
        if text == before:
            break
    return text


def pieces(text: str, limit: int = 400) -> list[str]:
    """`text` in parts of at most `limit` characters, cut between words."""
    return textwrap.wrap(text, limit, break_on_hyphens=False)


def _once(text: str, rules: Iterable[Rule]) -> str:
    text = safe(_LINE_MARK.sub("", text))
    text = _TAG.sub(" ", _LINK.sub(r"\1", text))
    text = _STRIKE.sub("", text)
    text = apply(rules, text)
    text = _LONE_DASH.sub(" — ", text)  # espeak-ng makes a pause at this dash and at no other
    text = _ELLIPSIS.sub(lambda match: "." if match[1] is not None else ", ", text)
    return _NOTHING.sub("", safe(text.translate(_RESIDUE)))
