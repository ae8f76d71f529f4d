"""Extracting: what the LLM may do: copy the caller's words for the slot that was asked for. Readers decide.

It is asked where code has read nothing at all. It sees no tool and writes nothing. What it copies must stand in the
caller's words, or is dropped; a yes is never its.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from edge_agent.desk.conversation import CallState
from edge_agent.desk.hearing import FoundValues, understood
from edge_agent.desk.phrases import plain
from edge_agent.desk.premises import Premises
from edge_agent.errors import EngineError
from edge_agent.think.brief import Brief, Message, Part, Text

log = logging.getLogger(__name__)

Write = Callable[[Brief], Iterable[Part]]
"""The LLM: `Writer.write`."""
MOST_TOKENS = 24
"""The answer is the name of a slot and a few words."""
LONGEST, SPAN = 24, 5
"""Words of the caller that it is shown, and words that it may copy: the grammar has each span of them."""
COPIED = ("service", "staff", "when", "name", "phone", "email")
"""The slots that it is asked for: those whose readers look for something within the words."""


class Extractor:
    """The LLM behind a grammar."""

    def __init__(self, write: Write, instructions: str) -> None:
        self._write, self._instructions = write, instructions
        self._number = 0

    def copied(self, words: str, slot: str) -> str:
        """The words for a slot; "": there are none, or it fails."""
        self._number += 1
        said = words.split()[-LONGEST:]
        key = f"extract {self._number}"
        brief = Brief(
            key,
            self._instructions,
            (Message(f"{key} user", "user", f"{slot}: {' '.join(said)}"),),
            spoken=False,
            max_tokens=MOST_TOKENS,
            temperature=0.0,
            schema=_schema(slot, said),
        )
        try:
            found = json.loads("".join(part.text for part in self._write(brief) if isinstance(part, Text)))
        except (EngineError, ValueError) as error:
            log.warning("The LLM has understood nothing (%s).", type(error).__name__)
            return ""
        span = str(found.get(slot, ""))
        in_words = f" {plain(span)} " in f" {plain(words)} "
        return span if plain(span) and in_words else ""


def extracted(words: str, conversation: CallState, premises: Premises) -> FoundValues | None:
    """The value that the reader of the slot finds in what the LLM has copied; None: there is none."""
    slot = conversation.asked or ""
    if premises.extractor is None or slot not in COPIED or slot not in premises.slots(conversation.task):
        return None
    span = premises.extractor.copied(words, slot)
    if not span or (slot == "name" and not all(word[0].isupper() for word in span.split())):
        return None  # asked for a name it copies "one second", too
    values = understood(span, conversation, premises)
    only = {name: value for name, value in values.values.items() if name == slot}
    values = replace(values, values=only, wish=values.wish if slot == "when" else type(values.wish)(), digits="")
    return values if values else None


def _schema(slot: str, words: list[str]) -> dict[str, Any]:
    """JSON that the grammar lets through: words that stand beside each other in what was said, for the slot."""
    spans = [" ".join(words[at : at + size]) for at in range(len(words)) for size in range(1, SPAN + 1)]
    return {
        "type": "object",
        "properties": {slot: {"type": "string", "enum": ["", *dict.fromkeys(spans)]}},
        "required": [slot],
        "additionalProperties": False,
    }
