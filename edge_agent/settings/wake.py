"""Wake: what `hear.wake` may name, and how a chime is set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from edge_agent.settings.group import Names

BUILT_IN = ("okay_nabu", "hey_jarvis", "alexa", "hey_mycroft")
"""Those that come with pymicro-wakeword."""
SHIPPED = "hey_jarvis"
"""The one of a service, unless another is chosen: the best of the four by recall and false alarms together
(docs/benchmarks.md, "Called by name")."""
PHRASE = "phrase:"
OFF = "off"


def _known(names: tuple[str, ...]) -> tuple[str, ...]:
    if names == (OFF,):
        return ()
    for name in names:
        is_phrase = name.startswith(PHRASE) and any(map(str.isalnum, name.removeprefix(PHRASE)))
        if not (name in BUILT_IN or is_phrase or name.endswith(".json")):
            raise ValueError(
                f"'{name}' is no name that can be listened for: use {', '.join(BUILT_IN)}, "
                f"the .json file of a microWakeWord model, {PHRASE}WORDS, or {OFF}"
            )
    return names


WakeNames = Annotated[Names, AfterValidator(_known)]
ChimeSound = Annotated[bool | Path, Field(union_mode="left_to_right")]


def models_of(names: tuple[str, ...]) -> tuple[str, ...]:
    """Those that a model recognizes: names that are built in, and files."""
    return tuple(name for name in names if not name.startswith(PHRASE))


def phrases_of(names: tuple[str, ...]) -> tuple[str, ...]:
    """Those that are looked for in what the ASR hears."""
    return tuple(name.removeprefix(PHRASE).strip() for name in names if name.startswith(PHRASE))
