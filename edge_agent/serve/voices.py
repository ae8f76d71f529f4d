"""The voices that clients may ask for: those that are installed, and the hosted service's names."""

from __future__ import annotations

HOSTED = (
    *("alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer"),
    "verse",
)
"""Voices of the hosted service. Programs that were written for it ask for one of them, whether they care or not: each
means the voice of the settings."""


def wrong_voice(name: str, installed: tuple[str, ...]) -> str | None:
    """Returns what is wrong with a voice that a client asks for, in a sentence; None if it can be had. Where nothing is
    known of what is `installed`, any name means the voice of the settings."""
    if not installed or name in installed or name in HOSTED:
        return None
    return (
        f"there is no voice {name[:80]!r}. Installed: {', '.join(installed)}; "
        f"the names of the hosted service ({', '.join(HOSTED)}) mean the voice of the settings."
    )


def chosen_voice(name: str, installed: tuple[str, ...]) -> str | None:
    """Returns the installed voice of that name; None: the voice of the settings."""
    return name if name in installed else None
