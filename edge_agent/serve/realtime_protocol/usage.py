"""The `usage` of a response, in the shape of the recordings.

Tokens of text are the language model's own: its prompt (which holds what was said as words), what of it was found in
place, what it generated. Tokens of audio are counted as the hosted service counts them, by time. A response that was
given up has no count of the model's: its text is then estimated from the characters sent.
"""

from __future__ import annotations

from typing import Any

from edge_agent.think.brief import Brief, Usage

USER_TOKEN_MS = 100
ASSISTANT_TOKEN_MS = 50
TOKEN_CHARS = 4


def audio_tokens(*, user_ms: float = 0.0, assistant_ms: float = 0.0) -> int:
    return round(user_ms / USER_TOKEN_MS) + round(assistant_ms / ASSISTANT_TOKEN_MS)


def estimated(brief: Brief | None, written_chars: int) -> Usage:
    """The usage of an answer that was given up; nothing where nothing came of it."""
    if brief is None or not written_chars:
        return Usage()
    read = len(brief.instructions) + sum(len(message.text) for message in brief.messages)
    return Usage(prompt=-(-read // TOKEN_CHARS), generated=-(-written_chars // TOKEN_CHARS))


def usage_json(text: Usage, *, audio_in: int, audio_out: int) -> dict[str, Any]:
    """`audio_in`, `audio_out`: tokens of audio."""
    read, written = text.prompt + audio_in, text.generated + audio_out
    cached = {"text_tokens": text.cached, "audio_tokens": 0, "image_tokens": 0}
    return {
        "total_tokens": read + written,
        "input_tokens": read,
        "output_tokens": written,
        "input_token_details": {
            "text_tokens": text.prompt,
            "audio_tokens": audio_in,
            "image_tokens": 0,
            "cached_tokens": text.cached,
            "cached_tokens_details": cached,
        },
        "output_token_details": {"text_tokens": text.generated, "audio_tokens": audio_out},
    }
