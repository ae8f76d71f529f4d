"""`edge-agent` with scripted engines, as a process of its own: python tests/scripted_agent.py COMMAND...

Whoever speaks to it says CANARY; so do its answers, its calls of tools, and the exceptions of its engines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from edge_agent import build
from edge_agent.__main__ import main
from edge_agent.errors import EngineError
from edge_agent.hear.ears import Ears
from edge_agent.host.engines import Engines
from edge_agent.interfaces import Transcript
from edge_agent.speak.voice import Voice
from edge_agent.think.brief import Brief, CallArguments, CallBegun, CallDone, Part, Text, Usage, Written
from edge_agent.types import HEAR_RATE_HZ, Samples, Sentence
from tests.rigs.fakes import (
    FIRST_LEVEL,
    HOLD,
    LEVEL_STEP,
    THRESHOLDS,
    LevelAsr,
    LevelVad,
    ScriptedEndpoint,
    ToneTts,
)

CANARY = "wombatquagga"
"""Letters only: how a number is spoken, the wording rules say."""
DEFECT = f"{CANARY} defect"
"""Said or written to it, an engine ends with an exception that is none of ours and quotes it."""
PHRASES = {
    "plain": f"{CANARY} one",
    "long": f"{CANARY} two",
    "unspeakable": f"{CANARY} three",
    "mind fails": f"{CANARY} four",
    "mind defect": DEFECT,
    "ears defect": f"{DEFECT} of the ears",
}


REPLIES = {
    PHRASES["plain"]: (f"{CANARY} is known.", "Is it?"),
    PHRASES["long"]: (" ".join([CANARY] * 40) + ".",),
    PHRASES["unspeakable"]: (f"unspeakable {CANARY}.",),
    PHRASES["mind fails"]: (f"{CANARY} begins.", "broken"),
}


def speech(*names: str) -> Samples:
    """Somebody says these of PHRASES, in the level that each has; what comes after "long" interrupts the answer."""
    parts = [np.zeros(HEAR_RATE_HZ // 2, np.float32)]
    for name in names:
        level = FIRST_LEVEL + list(PHRASES).index(name) * LEVEL_STEP
        parts.append(np.full(HEAR_RATE_HZ // 2, level, np.float32))
        parts.append(np.zeros(HEAR_RATE_HZ * (2 if name == "long" else 4), np.float32))
    return np.concatenate(parts)


class Asr(LevelAsr):
    def transcribe(self, samples: Samples, **named: Any) -> Transcript:
        transcript = super().transcribe(samples, **named)
        if "ears" in transcript.text:
            raise ValueError(f"not understood: {transcript.text}")
        return transcript


class Writer:
    def prepare(self, brief: Brief, wanted: Callable[[], bool]) -> None:
        if "prepare" in brief.instructions:
            raise ValueError(brief.instructions)

    def write(self, brief: Brief, wanted: Callable[[], bool]) -> Iterator[Part]:
        asked = brief.messages[-1].text if brief.messages else brief.instructions
        if DEFECT in asked:
            raise ValueError(f"no answer to {asked}")
        if "fails" in asked:
            raise EngineError("The language model failed.")
        answer = REPLIES.get(asked, (f"{CANARY} is known.",)) if brief.conversation else (f"{CANARY} is known.",)
        for i, text in enumerate(answer):
            if text == "broken":
                raise EngineError("the mind is broken")
            yield Sentence(i, text, last=text == answer[-1]) if brief.spoken else Text(text)
        if brief.tools:
            yield CallBegun(brief.tools[0].name)
            yield CallArguments(f'{{"a": "{CANARY}"}}')
            yield CallDone(f'{{"a": "{CANARY}"}}')
        yield Written("stop", Usage(3, 2, 1))


class Tts(ToneTts):
    def synthesize(self, text: str, speed: float = 1.0) -> Samples:
        if DEFECT in text:
            raise ValueError(f"cannot say {text}")
        return super().synthesize(text, speed)


def ears(endpoint: Any, asr: Any, detection: Any = None) -> Ears:
    return Ears(LevelVad(), endpoint, asr, THRESHOLDS, HOLD)


def asr(language: str | None = None) -> Asr:
    return Asr(list(PHRASES.values()))


def engines(*_: Any) -> Engines:
    return Engines(ears, ScriptedEndpoint(), asr, Writer(), Voice(Tts()))


def choose(settings: Any) -> Any:
    model = SimpleNamespace(name="scripted", main=Path("scripted"))
    profile = SimpleNamespace(name="tiny", reason="it is a test.")
    return SimpleNamespace(profile=profile, asr=model, llm=model, voice=model, all=lambda: (model,))


if __name__ == "__main__":
    vars(build).update(choose=choose, engines=engines, installed_voices=lambda settings: ("scripted",))
    main()
