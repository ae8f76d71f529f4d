"""A worker whose ASR hears nothing any more ends, so that another takes its place."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from edge_agent import engines
from edge_agent.config import load
from edge_agent.hear.canary import SILENT_MOST
from edge_agent.interfaces import Transcript
from edge_agent.workers import serving
from edge_agent.workers.packet import Packet

SPEECH = np.full(16_000, 0.1, np.float32)


class Ended(BaseException):
    pass


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Asks a worker's ASR for a second of speech; `hears` decides what the engine makes of sound so long."""

    def make(hears: Any) -> Any:
        def transcribe(samples: Any, **_: Any) -> Transcript:
            text = hears(len(samples))
            return Transcript(text, "en", 1.0, 0.0, None if text else "noise", False, 0)

        asr = SimpleNamespace(language="en", transcribe=transcribe, warm_up=lambda: None)
        monkeypatch.setattr(engines, "asr", lambda settings, engine, path: asr)
        served = serving._Asr(load(), "an-asr", Path())

        def ask(*, final: bool = True, voiced_s: float = 1.0) -> dict[str, Any]:
            args = {"language": None, "voiced_s": voiced_s, "draft": [], "final": final}
            return dict(served.call("transcribe", args, Packet({}, SPEECH)).fields["value"])

        return ask

    def end(code: int) -> None:
        raise Ended(code)

    monkeypatch.setattr(os, "_exit", end)
    return make


def test_one_that_does_not_even_hear_what_is_known_ends(asked: Any) -> None:
    ask = asked(lambda length: "")
    for _ in range(SILENT_MOST - 1):
        assert ask()["text"] == ""
    assert ask(final=False)["text"] == "", "a part may well hold no word"
    with pytest.raises(Ended):
        ask()


def test_one_that_hears_what_is_known_lives_on_in_a_noisy_room(asked: Any) -> None:
    ask = asked(lambda length: "" if length == len(SPEECH) else "sorry")
    assert [ask()["text"] for _ in range(3 * SILENT_MOST)] == [""] * 3 * SILENT_MOST
