"""Calls: what is said and matched in telephone calls, in a language; English where a folder has none of it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from edge_agent.words import FALLBACK, FOLDER, code_of

FILE = "calls.toml"


@dataclass(frozen=True, slots=True)
class CallWords:
    """Patterns match the whole of what was said, in lower case and without punctuation."""

    wants_person: tuple[str, ...]
    """What asks to be put through to {who}."""
    anybody: tuple[str, ...]
    """The names of any person."""
    wants_message: tuple[str, ...]
    """What asks for a message to be taken, for {who} or nobody in particular."""
    wants_end: tuple[str, ...]
    """What ends a call."""
    never_mind: tuple[str, ...]
    """What ends an errand."""
    polite: tuple[str, ...]
    """Words at either end that mean nothing."""
    this_number: tuple[str, ...]
    """The number that the call comes from."""
    name_leads: tuple[str, ...]
    """What people say before their name."""

    may_i: str
    """The question whether a caller is to be put through to {who}."""
    one_moment: str
    left: str
    """What is said where an errand was given up."""
    unknown: str
    """What is said of a person that the settings do not have."""
    no_answer: str
    """What is said to a caller who could not be put through."""
    announced: str
    """What is said to the person to whom somebody is put through."""
    whose_name: str
    which_number: str
    which_text: str
    taken: str
    """What is said when a message was written down."""
    goodbye: str
    recorded: str
    """What is said first where a call is recorded."""


@lru_cache
def call_words(language: str) -> CallWords:
    """The words of a language ("de", "de_DE"); English ones of one that has none."""
    file = FOLDER / code_of(language) / FILE
    texts = tomllib.loads((file if file.is_file() else FOLDER / FALLBACK / FILE).read_text(encoding="utf-8"))
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in texts.items()}
    return CallWords(**values)
