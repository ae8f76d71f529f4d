"""Words: all that is spoken, written to the LLM or matched in a language, one folder a language; English is complete.

What decides the language stays with what is done in it:

- what was *heard* is matched in the language that the ASR tells of it (`hear.language`, or detected anew each time);
- what the LLM is *told* is in `hear.language` (English for "auto"), or in the one that a client of the server names;
  the sentences of its answer end as in `hear.language`;
- what is *said* is in the language of the voice, the first half of its espeak name.

A folder holds `texts.toml` with the fields of `Words`, `wording.py` with the rules that read out numbers and what else
espeak-ng reads wrong, and recordings. A language without a folder is met in English, and its numbers are left as they
are. How to add one: docs/languages.md.
"""

from __future__ import annotations

import logging
import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from edge_agent.words.rules import Rule

log = logging.getLogger(__name__)

FOLDER = Path(__file__).parent
FALLBACK = "en"

Recorded = Literal["apology", "one_moment", "safe_mode"]
"""The texts that can be heard without an engine."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language. Texts are plain, without markup; no pattern matches nothing."""

    language: str
    """ISO 639-1 code, the name of the folder."""

    persona: str
    """The default of `think.persona`: what the LLM is told of itself and of how to answer."""
    in_words: str
    """Asks the LLM for words, after what a tool returned."""
    nudge: str
    """Asks the LLM to speak up when the user has said nothing for a while (the server's `idle_timeout_ms`)."""
    greeting: str
    """What the LLM is tried on before the first turn."""

    cannot: str
    """Said in place of an answer that claims to have done something: see think/honest.py ..."""
    not_understood: str
    """... and of one that only repeats the user."""
    own_claims: tuple[str, ...]
    """Regular expressions of what the speaker claims to do or have done, of {deed}, {done}, {doing} and {thing}; line
    ends do not count ..."""
    claims: tuple[str, ...]
    """... and of what is claimed to have become of something, which may answer a question."""
    deeds: tuple[str, ...]
    """What a claim claims, in three forms: (I will) "do", (it is) "done", (I am) "doing"."""
    things: tuple[str, ...]
    """Regular expressions of what it is done to."""
    claims_begin: tuple[str, ...]
    """Regular expressions of beginnings of what may become a claim, of the same parts ..."""
    own_claims_begin: tuple[str, ...]
    """... and of those that may become one of the speaker's own."""
    tales: tuple[str, ...]
    """Regular expressions of beginnings of what asks for made-up words, in which anybody may do anything."""
    questions: tuple[str, ...]
    """Regular expressions of beginnings of what asks for words and no action."""
    assents: tuple[str, ...]
    """Regular expressions of what a claim of action begins with ("Sure,")."""

    warm_up: tuple[str, ...]
    """What the voice is tried on before its first sound: fragments of usual lengths, a short one first."""
    openers: tuple[str, ...]
    """The default of `speak.openers`: beginnings of answers that are made into sound ahead."""
    months: tuple[str, ...]
    """Their names, January first, as a date is read out."""

    apology: str
    """What is heard when a turn fails: see speak/apology.py."""
    one_moment: str
    """What is heard when a tool takes long."""
    picked_up: str
    """The default of `phone.greeting`: what is said first in a call ..."""
    still_there: str
    """... when the caller has said nothing for long ..."""
    goodbye: str
    """... and before it hangs up."""
    safe_mode: str
    """What is heard in safe mode where there is no voice to tell the cause: see life/safe_mode.py ..."""
    could_not_start: str
    """... and where there is one, of {times} and {cause}."""

    abbreviations: tuple[str, ...]
    """Regular expressions of what ends in a full stop and ends no sentence, without that stop, in lower case."""
    leaning: tuple[str, ...]
    """Words, in lower case, behind which no voice stops: a first fragment that ends in one sounds cut off."""

    open_words: tuple[str, ...]
    """Last words, in lower case, after which more is likely to come: see hear/finality.py."""
    digits: tuple[str, ...]
    """The names of the digits, as they are said when a number is read out one by one."""
    backchannels: tuple[str, ...]
    """Regular expressions, in lower case, of what people say to show that they listen: see hear/backchannel.py."""
    interrupting: tuple[str, ...]
    """Regular expressions, in lower case, of words that interrupt, however short and unclear they are said."""
    stopping: tuple[str, ...]
    """Regular expressions, in lower case, of beginnings of what asks for silence, which anybody may: see
    hear/company.py."""
    stock_phrases: tuple[str, ...]
    """Regular expressions of what Whisper says when it hears nothing: see hear/guards.py."""

    def is_recorded(self, name: Recorded) -> bool:
        """Whether that text was recorded in this language."""
        return (FOLDER / self.language / f"{name}.wav").is_file()

    def recording(self, name: Recorded) -> Path:
        """The sound of that text, a WAV file of 16 bits and one channel; the English one where it was not recorded."""
        return FOLDER / (self.language if self.is_recorded(name) else FALLBACK) / f"{name}.wav"


@lru_cache
def languages() -> tuple[str, ...]:
    """ISO 639-1 codes of the languages that have a folder."""
    return tuple(sorted(file.parent.name for file in FOLDER.glob("*/texts.toml")))


def code_of(language: str) -> str:
    """The ISO 639-1 code of "de", "de_DE" or "de-AT"."""
    return re.split("[-_]", language)[0].lower()


@lru_cache(128)
def words_of(language: str) -> Words:
    """The words of a language ("de", "de_DE"); of one that has no folder English ones, with one line in the log.

    "auto" is English: before anything is heard there is nothing to go by.
    """
    code = code_of(language)
    if code in languages():
        return _read(code)
    if code not in ("", "auto"):
        known = ", ".join(languages())
        log.warning("There are no words for the language %r (there are for %s): English ones are used.", code, known)
    return _read(FALLBACK)


@lru_cache
def rules_of(language: str) -> tuple[Rule, ...]:
    """The rules that make words of what is written, in their order; none for a language without a folder."""
    code = code_of(language)
    rules: tuple[Rule, ...] = import_module(f"{__name__}.{code}.wording").RULES if code in languages() else ()
    return rules


@lru_cache
def _read(code: str) -> Words:
    texts = tomllib.loads((FOLDER / code / "texts.toml").read_text(encoding="utf-8"))
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in texts.items()}
    return Words(code, **values)
