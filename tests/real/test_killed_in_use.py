"""An engine killed in the middle of a turn, with real models: a phrase within a second, and all else lives on."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_agent import processes
from edge_agent.lines.audio_file import read_audio, write_wav
from edge_agent.types import Samples
from tests.rigs.conformance import QUESTION
from tests.rigs.conformance.client import Server

pytestmark = [pytest.mark.model, pytest.mark.slow]

AGENT = [sys.executable, "-m", "edge_agent"]
PHRASE_S = 1.0
"""The bar: by then the user hears something."""
BACK_S = 5.0
"""The bar is 3 s after one kill; here those that take its place are killed too, until the failure is told."""
PAUSE_S = 7.0
"""After the question: for the failure, the phrase and a new worker."""


def worker(agent: int, kind: str) -> int | None:
    for pid in processes.children(agent):
        with suppress(OSError):
            if f"edge_agent.workers.process\0{kind}\0" in Path(f"/proc/{pid}/cmdline").read_text():
                return pid
    return None


@contextmanager
def killing(agent: int, kind: str) -> Iterator[None]:
    """Whichever takes the place of one is killed as well."""
    over = threading.Event()

    def kill() -> None:
        while not over.wait(0.02):
            if pid := worker(agent, kind):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def asked_twice(file: Path) -> float:
    """The question, a pause, the question again. Returns when the first of them ends, in s."""
    question, rate_hz = read_audio(QUESTION)
    pause = np.zeros(round(PAUSE_S * rate_hz), np.float32)
    write_wav(file, np.concatenate([question, pause, question]), rate_hz)
    return len(question) / rate_hz


def events_until(file: Path, kind: str, within_s: float = 60) -> list[dict[str, Any]]:
    """What was written to `file` up to the first event of this kind."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        events = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
        if kind in [event["type"] for event in events]:
            return events
        time.sleep(0.02)
    pytest.fail(f"there was no {kind}")


def sounds_from(samples: Samples, rate_hz: int, since_s: float) -> float:
    """When something is heard, in s, at `since_s` or later."""
    loud = np.flatnonzero(np.abs(samples[round(since_s * rate_hz) :]) > 0.01)
    assert len(loud), "nothing is heard"
    return since_s + float(loud[0]) / rate_hz


@pytest.mark.parametrize("kind", ["llm", "asr", "tts"])
def test_a_phrase_is_heard_within_a_second_and_the_next_question_is_answered(kind: str, tmp_path: Path) -> None:
    end_s = asked_twice(tmp_path / "said.wav")
    events = tmp_path / "events.jsonl"
    command = [*AGENT, "talk", "--profile", "tiny", "--input", "said.wav", "--output", "reply.wav"]
    command += ["--events", str(events), "--set", "speak.cache_fragments=0"]  # what was rendered ahead outlives a voice
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as talk:
        events_until(events, "speech_started")
        with killing(talk.pid, kind):
            (*_, failed) = events_until(events, "turn_failed", within_s=20)
        _, said = talk.communicate(timeout=60)
    assert talk.returncode == 0, said
    told = [json.loads(line) for line in events.read_text().splitlines()]
    assert [each["type"] for each in told if each["type"].startswith(("turn_", "inter"))] == [
        "turn_failed",
        "turn_done",
    ]
    assert any("Brooklyn" in each["text"] for each in told if each["type"] == "heard" and each["turn"] > failed["turn"])
    reply, rate_hz = read_audio(tmp_path / "reply.wav")
    heard_s = sounds_from(reply, rate_hz, end_s)
    assert heard_s - failed["at_s"] <= PHRASE_S
    assert heard_s - end_s <= 2 * PHRASE_S, "the hold, and the phrase"


@pytest.fixture(scope="module")
def serving() -> Iterator[tuple[Server, int]]:
    """A server of its own, and its process."""
    command = [*AGENT, "serve", "--port", "0", "--profile", "tiny"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout
        url = next(found[0] for line in server.stdout if (found := re.search(r"ws://127\.\S+", line)))
        yield Server(url), server.pid
        server.terminate()
        assert server.wait(timeout=10) == 0


@pytest.mark.parametrize("kind", ["llm", "tts"])
def test_a_client_is_told_at_once_and_its_session_goes_on(kind: str, serving: tuple[Server, int]) -> None:
    server, pid = serving

    async def talk() -> float:
        async with server.connect() as line:  # the rules of the protocol hold of all that comes
            await line.until("session.created")
            first = await line.say("Tell me a long story about the sea, please, and do not stop.")
            await line.send("response.create")
            await line.until("response.output_audio.delta")
            with killing(pid, kind):
                begun_s = time.monotonic()
                failed = (await line.until("response.done"))[-1]["response"]
                told_s = time.monotonic() - begun_s
            assert (failed["status"], failed["status_details"]["type"]) == ("failed", "failed"), failed
            await line.say("How old is the Brooklyn Bridge?")
            status, begun_s = "failed", time.monotonic()
            while status == "failed":
                assert time.monotonic() - begun_s < BACK_S, "nothing takes its place"
                await line.send("response.create")
                status = (await line.until("response.done"))[-1]["response"]["status"]
            assert status == "completed"
            await line.send("conversation.item.retrieve", item_id=first["id"])
            await line.until("conversation.item.retrieved")
            return told_s

    assert asyncio.run(talk()) < PHRASE_S
