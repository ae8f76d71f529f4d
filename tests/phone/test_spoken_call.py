"""A spoken call: a telephone of others calls the whole program, asks a recorded question and hears the answer.

It proves the line over loopback. No telephone network can be reached from a test.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from phone.telephone import RATE_HZ, calling, free_port

from edge_agent import build
from edge_agent.config import load
from edge_agent.lines.audio_file import read_audio
from edge_agent.phone.record import CallRecords
from edge_agent.resample import resample
from edge_agent.types import HEAR_RATE_HZ, Samples

pytestmark = pytest.mark.slow

QUESTION = Path(__file__).parents[1] / "data" / "speech" / "googleassistant_whattimeisit.flac"
READY_S = 90
SPEAKS_S = 4.0
"""The question comes behind the greeting."""
WAITS_S = 9.0


@contextmanager
def phone_that_runs(state: Path, *flags: str) -> Iterator[int]:
    """`edge-agent phone run` with the small profile, at the port that is yielded."""
    port = free_port()
    command = [sys.executable, "-m", "edge_agent", "phone", "run", "--profile", "small"]
    command += ["--set", f"phone.listen=127.0.0.1:{port}", *flags]
    environment = {**os.environ, "STATE_DIRECTORY": str(state), "RUNTIME_DIRECTORY": str(state)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        assert process.stdout
        impatience = threading.Timer(READY_S, process.kill)
        impatience.start()
        said = ""
        for line in process.stdout:
            said += line
            if "calls are taken" in line:
                break
        else:
            pytest.fail(said)
        impatience.cancel()
        threading.Thread(target=process.stdout.read, daemon=True).start()
        try:
            yield port
        finally:
            process.terminate()
            assert process.wait(20) == 0


def asked() -> Samples:
    samples, rate_hz = read_audio(QUESTION)
    question = resample(samples, rate_hz, RATE_HZ)
    return np.concatenate([np.zeros(round(SPEAKS_S * RATE_HZ)), question, np.zeros(60 * RATE_HZ)]).astype(np.float32)


@pytest.mark.parametrize("codec", ["PCMA/8000/1", "G722/16000/1"])
def test_a_question_by_telephone_is_answered(tmp_path: Path, codec: str) -> None:
    (tmp_path / "telephone").mkdir()
    with phone_that_runs(tmp_path / "state") as port:
        with calling(tmp_path / "telephone", f"sip:agent@127.0.0.1:{port}", asked(), codec) as telephone:
            time.sleep(SPEAKS_S + WAITS_S)
        heard = telephone.heard()
    loud = np.abs(heard) > 0.03
    assert np.argmax(loud) / RATE_HZ < 0.3, "the greeting is heard at once"
    greeting, answer = heard[: round(SPEAKS_S * RATE_HZ)], heard[round(SPEAKS_S * RATE_HZ) :]
    asr = build.asr(load({"engines": {"isolation": "thread"}}), build.choose_one(load(), "asr"))
    words = [asr.transcribe(resample(each, RATE_HZ, HEAR_RATE_HZ)).text.lower() for each in (greeting, answer)]
    assert "help" in words[0], words
    assert re.search(r"it'?s|it is|\d", words[1]), words
    record = CallRecords(tmp_path / "state").all()[-1]
    assert (record.turns, record.ended, record.lost) == (1, "caller", 0.0)
    assert record.codec == codec.partition("/")[0]
