"""Wake: names recognized by microWakeWord models: four come with pymicro-wakeword, others are files of the owner."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from edge_agent.errors import ConfigError
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, Samples

PACKAGE = "pymicro-wakeword>=2.5,<3"
LICENCE = "Apache-2.0"
"""The licence of the package and its four models. What these were trained on is not all published (docs/room.md)."""
CUTOFFS = {"alexa": 0.95}
"""Mean score of five steps (0.15 s) at which a name counts as said, where ours is not the one of the model's file. With
0.9 instead of 0.97 for "hey jarvis" it was called six times in 8 h of talk that was not to it; with 0.97 never, as the
words did not bear it out."""
DOUBT = 0.5
"""The score from which it may have been said. Recall at 10 dB rises from 96 to 100 % ("hey jarvis", voices of Piper and
Heart); without what the ASR says to it there would be a false alarm or two an hour."""
REFRACTORY_S = 1.5
"""A name that was recognized is not recognized again for so long: its scores stay high until all of it is over."""
FEATURES = 40
"""The features of a step of sound (10 ms), as microWakeWord has them."""


class Recognized(NamedTuple):
    """A name that was recognized in the sound."""

    name: str
    """The name as it is spoken: "hey jarvis"."""
    score: float
    """How sure the model is, in [0, 1]."""
    sure: bool = True
    """False: the words have to bear it out."""


class WakeEngine(Protocol):
    """A wake engine recognizes names in the sound of one microphone, with next to no work."""

    @property
    def names(self) -> Sequence[str]:
        """The names that it knows, as they are spoken."""
        ...

    def push(self, samples: Samples) -> Recognized | None:
        """Takes in one frame, HEAR_FRAME samples at HEAR_RATE_HZ. Returns the name that was recognized in it: once for
        each time that it is said where it is sure, and as long as it is in doubt.
        """
        ...


@dataclass(frozen=True, slots=True)
class WakeModel:
    """What is known of a model."""

    name: str
    """The name in the settings, or the path."""
    spoken: str
    languages: tuple[str, ...]
    """ISO 639-1 codes of the languages whose speakers it was made from."""
    cutoff: float
    """The score at which the name counts as said."""


@dataclass(slots=True)
class _Loaded:
    known: WakeModel
    model: Any
    score: float = 0.0
    """The highest since somebody has looked."""


class MicroWake:
    """One microphone's. Measured in docs/benchmarks.md, "Called by name"."""

    def __init__(self, models: Sequence[str], *, cutoff: float | None = None) -> None:
        """`models`: names that come with the package, or paths of .json files, each with its .tflite beside it.
        `cutoff`: the score in (0, 1) at which each counts as said; if None, what was found to be best for each.

        Raises ConfigError, with what mends it, where the package or a file is missing or is not what it should be.
        """
        library = _library()
        self._features: Any = library.MicroWakeWordFeatures()
        self._loaded = [_load(library, model, cutoff) for model in models]
        self._deaf = 0
        """Frames in which nothing is recognized."""

    @property
    def models(self) -> tuple[WakeModel, ...]:
        """What it has loaded."""
        return tuple(each.known for each in self._loaded)

    @property
    def names(self) -> tuple[str, ...]:
        """The names that it knows, as they are spoken."""
        return tuple(each.known.spoken for each in self._loaded)

    def push(self, samples: Samples) -> Recognized | None:
        """Takes in one frame. Returns the name that was recognized in it."""
        found: Recognized | None = None
        for features in self._features.process_streaming((samples * 32767).astype("<i2").tobytes()):
            for each in self._loaded:
                score = each.model.process_streaming_prob(features) or 0.0
                each.score = max(each.score, score)
                if score >= min(DOUBT, each.known.cutoff) and (found is None or score > found.score):
                    found = Recognized(each.known.spoken, score, score >= each.known.cutoff)
        self._deaf = max(0, self._deaf - 1)
        if found is None or self._deaf:
            return None
        if found.sure:
            self._deaf = round(REFRACTORY_S * HEAR_RATE_HZ / HEAR_FRAME)
        return found

    def scores(self) -> tuple[float, ...]:
        """The highest score of each of its models since this was last asked."""
        found = tuple(each.score for each in self._loaded)
        for each in self._loaded:
            each.score = 0.0
        return found


def _library() -> Any:
    try:
        import pymicro_wakeword
    except ImportError as error:
        missing = "To be called by name (hear.wake) takes the package pymicro-wakeword, which is not installed."
        raise ConfigError(missing, fix=f"{sys.executable} -m pip install '{PACKAGE}'") from error
    return pymicro_wakeword


def _load(library: Any, model: str, cutoff: float | None) -> _Loaded:
    is_file = model.endswith(".json")
    folder = Path(library.__file__).parent / "models"
    config = Path(model).expanduser() if is_file else folder / f"{model}.json"
    fix = "edge-agent wake list" if is_file else f"{sys.executable} -m pip install --force-reinstall '{PACKAGE}'"
    if not config.is_file():
        raise ConfigError(f"There is no wake word model {config} (hear.wake).", fix=fix)
    try:
        loaded = _checked(library, config)
    except OSError as error:  # of the C library; the files were looked at before
        reason = "The library of pymicro-wakeword cannot be loaded here; it needs glibc 2.35, as in Debian 12"
        raise ConfigError(f"{reason}: {error}.", fix="edge-agent talk --set hear.wake=off") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{config} is no microWakeWord model: {_reason(error)}.", fix=fix) from error
    own = cutoff or CUTOFFS.get(model) or float(loaded.probability_cutoff)
    spoken = str(loaded.wake_word).strip().lower()
    return _Loaded(WakeModel(model, spoken, tuple(loaded.trained_languages), own), loaded)


def _checked(library: Any, config: Path) -> Any:
    """The model of a .json file. Its .tflite is looked at first: one that is damaged would end the process."""

    described = json.loads(config.read_text("utf-8"))
    tflite = config.parent / described["model"]
    if not tflite.is_file():
        raise ValueError(f"{tflite.name} is not beside it")
    code = next((Path(library.__file__).parent / "lib").glob("*tensorflowlite_c.*"), None)
    if code is None:
        raise OSError("there is none for this machine")
    from pymicro_wakeword.wakeword import TfLiteWakeWord

    lite = TfLiteWakeWord(code).lib
    opened = lite.TfLiteModelCreateFromFile(str(tflite.resolve()).encode())
    if not opened:
        raise ValueError(f"{tflite.name} is damaged, or not a TFLite model")
    lite.TfLiteModelDelete(opened)
    model = library.MicroWakeWord.from_config(config)
    takes = model.lib.TfLiteTensorByteSize(model.input_tensor)
    if takes != model.stride * FEATURES:
        raise ValueError(f"it takes {takes} bytes a step, not {FEATURES} features")
    model.process_streaming_prob(np.zeros((1, 1, FEATURES)))
    return model


def _reason(error: Exception) -> str:
    return f"it lacks {error}" if isinstance(error, KeyError) else str(error)
