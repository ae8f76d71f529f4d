"""What any ASR shares: the languages that it knows, and one transcript for the pieces of long sound."""

from __future__ import annotations

from collections.abc import Sequence

from edge_agent.errors import ConfigError
from edge_agent.interfaces import Transcript


def checked_language(language: str | None, known: Sequence[str], model: str) -> str | None:
    """Returns the language to ask the `model` for; None to detect it. Raises ConfigError for one that it lacks."""
    if tuple(known) == ("en",):
        if language not in (None, "en"):
            raise ConfigError(f'The ASR model {model} hears only English, not "{language}".')
        return "en"
    if language is not None and language not in known:
        raise ConfigError(f'The ASR model {model} does not know the language "{language}".')
    return language


def joined(parts: Sequence[Transcript]) -> Transcript:
    """Returns one transcript of the pieces of a long utterance; it is rejected where every piece is."""
    if len(parts) == 1:
        return parts[0]
    kept = [part for part in parts if not part.rejected] or list(parts)
    tokens = sum(part.tokens for part in kept)
    return Transcript(
        text=" ".join(part.text for part in kept if part.text),
        language=kept[0].language,
        confidence=sum(part.confidence * part.tokens for part in kept) / max(tokens, 1),
        no_speech=min(part.no_speech for part in kept),
        rejected=kept[0].rejected,
        retried=any(part.retried for part in parts),
        tokens=tokens,
        words=tuple(word for part in parts for word in part.words),
        mel_s=sum(part.mel_s for part in parts),
        encode_s=sum(part.encode_s for part in parts),
        decode_s=sum(part.decode_s for part in parts),
    )
