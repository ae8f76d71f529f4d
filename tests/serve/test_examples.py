"""The examples: programs that know nothing of edge_agent but its URL, against a server with scripted engines."""

import asyncio
import importlib.util
import wave
from dataclasses import dataclass
from pathlib import Path

import pytest
from loopback import running, tone

from edge_agent.clock import RealClock
from edge_agent.host.jobs import Answer, Job, Progress, Sound
from edge_agent.serve.new_session import NewSessions
from edge_agent.serve.realtime import RealtimeDoor
from edge_agent.serve.realtime_protocol import RealtimeProtocol
from edge_agent.types import Finished, Heard, Onset

EXAMPLES = Path(__file__).parents[2] / "examples"
QUESTION_S = 0.2
ANSWER = "It is Paris."


@dataclass
class Ears:
    """Engines of one socket: so much sound is a question, whatever is in it."""

    post: object
    heard_s: float = 0.0

    def send(self, job: Job) -> None:
        if isinstance(job, Sound):
            begun = self.heard_s < QUESTION_S <= self.heard_s + len(job.samples) / 16_000
            self.heard_s += len(job.samples) / 16_000
            if begun:
                self.report(Onset(0.1))
                self.report(Finished(Heard("Where is it?", "en", 1.0), 0.1, QUESTION_S, "silence"))
        elif isinstance(job, Answer):
            for part in tone(ANSWER):
                self.report(Progress(job.id, part))

    def report(self, report: object) -> None:
        asyncio.get_running_loop().call_soon(self.post, report)

    def close(self) -> None:
        pass


class Engines:
    def open(self, post: object) -> Ears:
        return Ears(post)


def door() -> RealtimeDoor:
    clock, sessions = RealClock(), NewSessions("Be brief.", "llm-1", lambda: 0.0)
    return RealtimeDoor(
        Engines(),
        lambda asked: RealtimeProtocol(sessions.make(model=asked.model), now=clock.now, dialect=asked.dialect),
        clock,
    )


@pytest.mark.parametrize(
    ("name", "option", "path"),
    [
        ("realtime_beta", "--url", "ws://127.0.0.1:{}/v1/realtime?model=gpt-4o-realtime-preview"),
        ("realtime_ga", "--base-url", "http://127.0.0.1:{}/v1"),
    ],
)
def test_a_spoken_question_is_answered_aloud(name, option, path, tmp_path, monkeypatch, capsys):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    reply = tmp_path / "reply.wav"
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with running(realtime=door().serve) as server:
        url = path.format(server.port)
        monkeypatch.setattr(
            "sys.argv", [name, option, url, "--input", str(EXAMPLES / "question.wav"), "--output", str(reply)]
        )
        example.main()
    said = capsys.readouterr().out
    assert "You: Where is it?" in said
    assert f"Assistant: {ANSWER}\n(completed)" in said
    with wave.open(str(reply)) as file:
        assert file.getframerate() == 24_000
        assert file.getnframes() / 24_000 == pytest.approx(0.3, abs=0.01)
