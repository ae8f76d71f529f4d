"""Extracting: what the LLM may do: name a command and a slot, and copy the caller's words for it. Readers decide.

It sees no tool and writes nothing. What it copies must stand in the caller's words, or is dropped; a yes is never its.
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

COMMANDS = ("cancel", "ask", "handoff", "chat")
"""What it may say instead of a slot. A slot is set, or corrected where it is filled."""
Write = Callable[[Brief], Iterable[Part]]
"""The LLM: `Writer.write`."""
MOST_TOKENS = 32
"""The answer is a slot and a few words."""
LONGEST, SPAN = 24, 5
"""Words of the caller that it is shown, and words that it may copy: the grammar has each span of them."""


class Extractor:
    """The LLM behind a grammar."""

    def __init__(self, write: Write, instructions: str) -> None:
        self._write, self._instructions = write, instructions
        self._number = 0

    def extracted(self, words: str, slots: Iterable[str], asked: str) -> tuple[str, str] | None:
        """The slot, or a command, and the span for it; None where it fails."""
        self._number += 1
        said = words.split()[-LONGEST:]
        names = [*slots, *COMMANDS]
        brief = Brief(
            f"extract {self._number}",
            self._instructions,
            (
                Message(
                    f"extract {self._number} user", "user", f"({asked or 'none'}: {', '.join(names)}) {' '.join(said)}"
                ),
            ),
            spoken=False,
            max_tokens=MOST_TOKENS,
            temperature=0.0,
            schema=_schema(names, said),
        )
        try:
            found = json.loads("".join(part.text for part in self._write(brief) if isinstance(part, Text)))
        except (EngineError, ValueError) as error:
            log.warning("The LLM has understood nothing (%s).", type(error).__name__)
            return None
        span = str(found.get("span", ""))
        in_words = f" {plain(span)} " in f" {plain(words)} "
        return str(found.get("slot", "chat")), span if plain(span) and in_words else ""


def extracted(words: str, conversation: CallState, premises: Premises) -> FoundValues | None:
    """The values that readers find in what the LLM has copied; None: it has understood nothing either."""
    if premises.extractor is None or not conversation.task:
        return None
    found = premises.extractor.extracted(words, premises.slots(conversation.task), conversation.asked or "")
    if found is None or found[0] in COMMANDS or not found[1]:
        return None
    slot, span = found
    values = understood(span, replace(conversation, asked=slot), premises)
    only = {name: value for name, value in values.values.items() if name == slot}
    values = replace(values, values=only, wish=values.wish if slot == "when" else type(values.wish)(), digits="")
    return values if values else None


def _schema(slots: list[str], words: list[str]) -> dict[str, Any]:
    """JSON that the grammar lets through: a slot, and words that stand beside each other in what was said."""
    spans = [" ".join(words[at : at + size]) for at in range(len(words)) for size in range(1, SPAN + 1)]
    return {
        "type": "object",
        "properties": {
            "slot": {"type": "string", "enum": slots},
            "span": {"type": "string", "enum": ["", *dict.fromkeys(spans)]},
        },
        "required": ["slot", "span"],
        "additionalProperties": False,
    }
