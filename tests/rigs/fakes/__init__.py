"""Scripted engines and a tape: whole conversations without a model, a sound card or a clock. Public, small, typed.

    played = Scene().user(0.5, 1.5, "hello").reply("hello", "Hi there.").run()

A phrase of the user is a constant level, a different one for each phrase, so that the scripted ASR can tell from the
samples alone which words it was given; the agent's voice is a tone of 0.1 s a letter-group (word).
"""

from tests.rigs.fakes.engines import (
    FIRST_LEVEL,
    LEVEL_STEP,
    VOICE_RATE_HZ,
    WORD_S,
    LevelAsr,
    LevelVad,
    ScriptedEndpoint,
    ScriptedWriter,
    ToneTts,
)
from tests.rigs.fakes.scene import HOLD, PATIENCE, THRESHOLDS, Played, Scene, play, thread_names
from tests.rigs.fakes.tape import Tape, TapeSink, plays_all, settled

__all__ = [
    "FIRST_LEVEL",
    "HOLD",
    "LEVEL_STEP",
    "PATIENCE",
    "THRESHOLDS",
    "VOICE_RATE_HZ",
    "WORD_S",
    "LevelAsr",
    "LevelVad",
    "Played",
    "Scene",
    "ScriptedEndpoint",
    "ScriptedWriter",
    "Tape",
    "TapeSink",
    "ToneTts",
    "play",
    "plays_all",
    "settled",
    "thread_names",
]
