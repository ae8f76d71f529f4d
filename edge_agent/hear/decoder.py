"""What decoding a window of speech means, whatever engine does it: the tokens before the words, and what comes out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from edge_agent.types import Samples


@dataclass(frozen=True, slots=True)
class Decoded:
    """The most probable tokens, one at a time, without temperature or timestamps."""

    ids: tuple[int, ...]
    """Those of the text alone."""
    language: str
    """ISO 639-1 code: the one asked for, or the one found."""
    log_probability: float
    """Mean over the tokens and the end token."""
    no_speech: float
    """Whisper's own probability that nobody spoke, in [0, 1]."""


class Decoder(Protocol):
    """A decoder is not thread-safe: one thread owns it."""

    def decode(
        self,
        states: Samples,
        language: str | None,
        *,
        most: int,
        draft: Sequence[int] = (),
        context: Sequence[int] = (),
    ) -> Decoded:
        """What is said in `states` of the encoder (n, width), n <= 1500; the rest of the 30 s is silence.

        `language`: None to detect it. `most`: ceiling on the tokens. `draft`: what an earlier decoding of this
        utterance gave; it changes the time that is needed, never the result. `context`: tokens of what is taken to
        have been said before, which makes its words and its way of writing more probable.
        """
        ...


@dataclass(frozen=True, slots=True)
class Tokens:
    """The ids of a Whisper vocabulary that are no text."""

    start: int
    before: int
    """What stands ahead of a context."""
    end: int
    no_speech: int
    no_timestamps: int
    transcribe: int
    languages: dict[int, str]
    """Code of each language token; empty for a model of English alone."""
    never: tuple[int, ...]
    """Ids that are never text: brackets, notes, the tokens above."""
    not_first: tuple[int, ...]
    """A space and the end: a text does not begin with them."""

    def prompt(self, language: str, context: Sequence[int] = ()) -> list[int]:
        """The tokens in front of the text."""
        spoken = [token for token, code in self.languages.items() if code == language]
        known = [self.before, *context] if context else []
        return [*known, self.start, *spoken, *([self.transcribe] if spoken else []), self.no_timestamps]


def read_tokens(folder: Path, tokenizer: Any, *, multilingual: bool) -> Tokens:
    """Reads them from `config.json` and the tokenizer of a model. Raises OSError, ValueError or KeyError for what
    they lack."""
    config = json.loads((folder / "config.json").read_text())

    def id_of(*names: str) -> int:
        found = [tokenizer.token_to_id(name) for name in names]
        return int(next((token for token in found if token is not None), -1))

    languages = {n: tokenizer.id_to_token(n).strip("<|>") for n in config["lang_ids"]} if multilingual else {}
    tokens = Tokens(
        start=id_of("<|startoftranscript|>"),
        before=id_of("<|startofprev|>"),
        end=id_of("<|endoftext|>"),
        no_speech=id_of("<|nospeech|>", "<|nocaptions|>"),
        no_timestamps=id_of("<|notimestamps|>"),
        transcribe=id_of("<|transcribe|>"),
        languages=languages,
        never=tuple(config["suppress_ids"]),
        not_first=tuple(config["suppress_ids_begin"]),
    )
    if min(tokens.start, tokens.before, tokens.end, tokens.no_speech, tokens.no_timestamps) < 0:
        raise ValueError("the tokenizer lacks a token of Whisper's")
    return tokens
