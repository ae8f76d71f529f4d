"""Threads: one for each room, mailboxes between. The runner of every real conversation (docs/threads.md)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from functools import partial

from edge_agent.agent import Agent
from edge_agent.errors import EngineError
from edge_agent.line import Line
from edge_agent.mailbox import Mailbox
from edge_agent.run.stage import OnMark, Rooms, drive, is_over, listen, risen, voiced
from edge_agent.speak.apology import Apology
from edge_agent.types import (
    AudioFrame,
    Event,
    Failure,
    Heard,
    InTurn,
    Onset,
    Partial,
    Sentence,
    StillWorking,
    Turn,
    Voiced,
)

log = logging.getLogger(__name__)

FRAMES = 1500
"""30 s of 20 ms frames: as long as the slowest ASR pass may take before sound is lost (and counted)."""
BLOCKS = 500
"""10 s of 20 ms blocks: room to make the next sentence while this one is heard."""
IDLE_S = 0.3
"""Between two openers that are rendered ahead, of some 60 ms each; over as soon as there is something to say."""


class Conversation:
    """A line, the rooms, and the threads between them. `join` returns when the line is over or `stop` was called."""

    def __init__(
        self,
        line: Line,
        rooms: Rooms,
        *,
        on_event: Callable[[Event], object],
        on_mark: OnMark = lambda turn, name, at_s: None,
        linger_s: float = 0.0,
    ) -> None:
        self._line, self._rooms, self._linger_s, self._on_mark = line, rooms, linger_s, on_mark
        self.frames: Mailbox[AudioFrame] = Mailbox(FRAMES)
        self.heard: Mailbox[InTurn[Heard | Onset | Partial]] = Mailbox(8)
        self.sentences: Mailbox[InTurn[Sentence | Failure]] = Mailbox(8)
        self.blocks: Mailbox[InTurn[Voiced | Failure | StillWorking]] = Mailbox(BLOCKS)
        self._voice_free = threading.Event()
        self._voice_free.set()
        self.agent = Agent(now_s=line.now_s, on_event=on_event, ask=self._ask)
        self._apology = rooms.apology or Apology(line.sink.rate_hz)
        self._error: BaseException | None = None
        rooms_by_thread = {
            "capture": self._capture,
            "hear": self._hear,
            "think": self._think,
            "speak": self._speak,
            "playback": self._play,
        }
        self._threads = [
            threading.Thread(target=self._guarded, args=(work,), name=name, daemon=True)
            for name, work in rooms_by_thread.items()
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Make everything stale, close every mailbox and the source. Returns at once; `join` waits."""
        self.agent.gate.close()
        self._line.source.close()
        for mailbox in (self.frames, self.heard, self.sentences, self.blocks):
            mailbox.close()
        self._voice_free.set()  # after them: `_hand_on` clears it, and sees that its mailbox is closed

    def join(self) -> None:
        """Wait for the end and close the line. The first exception of any thread is raised here, with its traceback."""
        for thread in self._threads:
            thread.join()
        error, self._error = self._error, None
        try:
            self._line.close()
        finally:  # it came first, and may be why the line cannot be closed
            if error:
                raise error

    def run(self) -> None:
        """`start` and `join`; Ctrl-C, or any other exception in the caller's thread, stops the conversation first."""
        self.start()
        try:
            self.join()
        except BaseException as first:
            self.stop()
            try:
                self.join()
            finally:  # closes the line once more, which may fail once more
                raise first

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            self._error = self._error or error
            self.stop()

    def _mark(self, turn: Turn, name: str) -> None:
        self._on_mark(turn, name, self._line.now_s())

    def _capture(self) -> None:
        while (frame := self._line.source.read()) is not None:
            self.frames.offer(frame)
            late = None if self.agent.gate.paused else self.agent.overdue(frame.end_s)
            if late and self.blocks.reader_waits:
                self.blocks.offer(InTurn(late, StillWorking()))
        self.frames.close()

    def _hear(self) -> None:
        for frame in self.frames:
            listen(self._rooms, self.agent, frame, self._on_mark, self._line.now_s)
            if is_over(self._rooms, self.agent, self._line.ended_s, frame.end_s, self._linger_s):
                break
        self.stop()

    def _ask(self, message: InTurn[Heard | Onset | Partial | Failure]) -> None:
        """What the ears failed on goes straight to playback: think and speak may themselves wait for an engine.

        Never waits for think, as the agent's lock is held: a hung LLM would keep playback and failures from it. What
        a full mailbox drops is older, and stale by what came after it.
        """
        if isinstance(message.item, Failure):
            self.blocks.put(InTurn(message.turn, message.item))
        else:
            self.heard.offer(InTurn(message.turn, message.item))

    def _think(self) -> None:
        for message in self.heard:
            turn, item = message.turn, message.item
            if isinstance(item, Onset | Partial):
                self._prepare(turn, item.heard.text if isinstance(item, Partial) else "")
            else:
                self._mark(turn, "think")
                drive(partial(self._answer, turn), InTurn(turn, item), self.agent.gate, self._hand_on)

    def _prepare(self, turn: Turn, said: str) -> None:
        try:
            self._rooms.mind.prepare(turn.number, said, self.agent.ledger.entries(), partial(self._unhurried, turn))
        except EngineError as error:  # the answer has more to evaluate, and nothing is lost
            log.warning("Nothing was prepared: %s", error)

    def _answer(self, turn: Turn, heard: Heard) -> Iterator[Sentence]:
        return self._rooms.mind.think(turn.number, heard, self.agent.ledger.entries(), partial(self._wanted, turn))

    def _unhurried(self, turn: Turn) -> bool:
        """Asked before each slice of a preparation, which gives way to whatever has come in since."""
        return not len(self.heard) and self.agent.gate.is_current(turn)

    def _wanted(self, turn: Turn) -> bool:
        """Asked before each token. Waits while the first fragment is rendered: the voice gets all the cores."""
        self._voice_free.wait()
        return self.agent.gate.is_current(turn)

    def _hand_on(self, sentence: InTurn[Sentence | Failure]) -> None:
        if isinstance(sentence.item, Sentence) and sentence.item.index == 0:
            self._voice_free.clear()
        if not self.sentences.put(sentence):  # stopped meanwhile: nobody will render it, and `_wanted` waits for that
            self._voice_free.set()

    def _speak(self) -> None:
        self._render_ahead()
        for message in self.sentences:
            if isinstance(message.item, Sentence) and message.item.index == 0:
                self._mark(message.turn, "sentence")
            drive(self._voiced, message, self.agent.gate, self.blocks.put)
            self._voice_free.set()
            self._render_ahead()

    def _voiced(self, sentence: Sentence) -> Iterator[Voiced]:
        return voiced(self._rooms.voice, sentence, lambda: self.agent.unheard)

    def _render_ahead(self) -> None:
        """Openers that may be wanted, until all are kept or there is something to say; only while nobody speaks."""
        while self.agent.answering or self._rooms.ears.busy or self._rooms.voice.idle():
            if self.sentences.wait(IDLE_S):
                return

    def _play(self) -> None:
        sink, gate = self._line.sink, self.agent.gate
        sounding: Turn | None = None
        was_cut = False
        for turn, item in ((block.turn, block.item) for block in self.blocks):
            if sounding and not gate.may_sound(sounding):
                sink.flush()
                was_cut = True
                sounding = sounding if gate.is_current(sounding) else None
            if isinstance(item, Voiced) and item.sentence.index == 0 and item.position == 0:
                self._mark(turn, "sound")
            if not gate.wait_for_floor(turn):
                continue
            failed: Turn | None = None
            if isinstance(item, StillWorking):
                self._say_late(turn)
            elif isinstance(item, Failure):
                failed = self.agent.fail(turn, item.error)
            elif self.agent.may_play(turn, item, audible=sink.audible):
                if sounding != turn and not self.agent.unheard:
                    sounding = turn
                    self._mark(turn, "play")
                self._write(risen(item) if was_cut else item)
                was_cut = False
                failed = self.agent.on_played(turn, item)
            if failed:
                self._apologize(failed)
        if self.agent.answering:  # stopped in the middle of an answer
            sink.flush()

    def _say_late(self, turn: Turn) -> None:
        """No part of the answer, so that neither the ledger nor an event has it."""
        for block in self._apology.late():
            if not self._has_floor(turn):
                return
            self._line.sink.write(block.samples)

    def _has_floor(self, turn: Turn) -> bool:
        """Whether a recording goes on. Silent, it waits while the user may be about to interrupt."""
        gate = self.agent.gate
        if not gate.may_sound(turn):
            self._line.sink.flush()
        return gate.wait_for_floor(turn)

    def _write(self, block: Voiced) -> None:
        if not self.agent.unheard:
            self._line.sink.write(block.samples)

    def _apologize(self, turn: Turn) -> None:
        sink = self._line.sink
        for block in self._apology.blocks(self.agent.failures):
            if not (self._has_floor(turn) and self.agent.may_play(turn, block, audible=sink.audible)):
                return
            self._write(block)
            self.agent.on_played(turn, block)
