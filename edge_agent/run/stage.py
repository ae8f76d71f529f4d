"""What both runners share: drive one item through one room, and one frame through the ears."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import numpy as np

from edge_agent.agent import Agent
from edge_agent.errors import EngineError
from edge_agent.interfaces import Listener
from edge_agent.ledger import Said
from edge_agent.lines.pcm import FADE_S, faded_in
from edge_agent.speak.apology import Apology
from edge_agent.turn import TurnGate
from edge_agent.types import (
    AudioFrame,
    Draft,
    Failure,
    Finished,
    Heard,
    InTurn,
    Samples,
    Sentence,
    Turn,
    Voiced,
)

log = logging.getLogger(__name__)

A = TypeVar("A")
B = TypeVar("B")


class Framing(Protocol):
    def push(self, frame: AudioFrame) -> list[AudioFrame]: ...


class Thinker(Protocol):
    def prepare(self, turn: int, said: str, history: tuple[Said, ...], wanted: Callable[[], bool]) -> None: ...

    def think(
        self, turn: int, heard: Heard, history: tuple[Said, ...], wanted: Callable[[], bool]
    ) -> Iterator[Sentence]: ...


class Speaker(Protocol):
    rate_hz: int

    def speak(self, sentence: Sentence) -> Iterator[Voiced]: ...

    def idle(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Rooms:
    """The engines of one conversation, ready to be driven. Each is touched by one thread only."""

    framer: Framing
    ears: Listener
    mind: Thinker
    voice: Speaker
    apology: Apology | None = None
    """None: as it is by default."""


def voiced(voice: Speaker, sentence: Sentence, unheard: Callable[[], bool]) -> Iterator[Voiced]:
    """The blocks of a sentence. Once nobody hears them no more are made: an empty one ends it, whose text is read."""
    nothing: Samples = np.zeros(0, np.float32)
    block = Voiced(sentence, nothing, voice.rate_hz, 0, 0)
    if not unheard():
        for block in voice.speak(sentence):
            if unheard():
                break
            yield block
        else:
            return
    yield replace(block, samples=nothing, total=block.position)


def risen(block: Voiced) -> Voiced:
    """A block that comes after sound that was cut off."""
    return replace(block, samples=faded_in(block.samples, round(FADE_S * block.rate_hz)))


OnMark = Callable[[Turn, str, float], None]
"""Called with the turn, the name of a moment (watch/latency.py) and its line time in seconds."""


def drive(
    work: Callable[[A], Iterator[B]],
    message: InTurn[A | Failure] | InTurn[A],
    gate: TurnGate,
    emit: Callable[[InTurn[B | Failure]], object],
) -> None:
    """Put `message` through `work` and hand on what comes out; the one staleness check before the sink."""
    if not gate.is_current(message.turn):
        return
    if isinstance(message.item, Failure):
        emit(InTurn(message.turn, message.item))
        return
    outputs = work(message.item)
    try:
        for item in outputs:
            if not gate.is_current(message.turn):
                return
            emit(InTurn(message.turn, item))
    except EngineError as error:
        emit(InTurn(message.turn, Failure(str(error))))
    finally:
        close = getattr(outputs, "close", None)
        if close:
            close()  # the engine's own cleanup runs here


def listen(rooms: Rooms, agent: Agent, frame: AudioFrame, on_mark: OnMark, now_s: Callable[[], float]) -> None:
    """Put one frame of any length through framing and ears."""
    for piece in rooms.framer.push(frame):
        in_turn = rooms.ears.busy
        try:
            for hearing in rooms.ears.hear(piece, answering=agent.answering):
                agent.on_hearing(hearing)
                turn = agent.gate.current
                if isinstance(hearing, Draft):
                    on_mark(turn, "soft_end", piece.end_s)
                    on_mark(turn, "heard", now_s())
                elif isinstance(hearing, Finished):
                    on_mark(turn, "speech_end", hearing.end_s)
                    on_mark(turn, "commit", now_s())
        except EngineError as error:
            rooms.ears.abandon()
            if in_turn:
                agent.fail_hearing(error)
            else:
                log.warning("Nothing is heard: %s", error)
        agent.gate.pause(rooms.ears.wavering)


def is_over(rooms: Rooms, agent: Agent, ended_s: float | None, now_s: float, linger_s: float) -> bool:
    """Whether the line's user is gone and the agent has been silent for `linger_s` since."""
    if ended_s is None or rooms.ears.busy or agent.answering:
        return False
    return now_s - max(ended_s, agent.last_sound_s) >= linger_s
