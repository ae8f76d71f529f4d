"""Languages: whether what is heard, what is said and the voice that says it are of one language."""

from __future__ import annotations

import json
from pathlib import Path

from edge_agent.settings import Settings
from edge_agent.words import languages


def voice_language(voice: Path) -> str:
    """What the voice in this file speaks, as ISO 639-1, from the description beside it; English where there is none.
    The file was checked before."""
    described = voice.with_name(f"{voice.name}.json")
    if not described.is_file():
        return "en"
    spoken: str = json.loads(described.read_text("utf-8")).get("espeak", {}).get("voice", "en")
    return spoken.split("-")[0]


def mismatch(settings: Settings, voice: Path) -> str | None:
    """One sentence on a language that is heard and not spoken; None where all are one, or none was chosen ("auto")."""
    hears, speaks = settings.hear.language, voice_language(voice)
    if hears in (speaks, "auto"):
        return None
    own = "" if hears in languages() else f", and the agent's own words are not in {hears}"
    return (
        f'hear.language is "{hears}", and the voice speaks "{speaks}": answers in {hears} are mispronounced{own}.'
        " A voice is chosen with models.voice (docs/languages.md)."
    )
