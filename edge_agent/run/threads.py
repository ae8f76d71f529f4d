"""Threads: a line's conversation, at whatever pace the host and the line have (docs/threads.md)."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from edge_agent.agent.answer import Playable
from edge_agent.agent.briefs import Briefs
from edge_agent.events import Event
from edge_agent.host.host import Host
from edge_agent.host.jobs import Hold
from edge_agent.line import Line
from edge_agent.lines.pcm import FADE_S, faded_in
from edge_agent.mailbox import Mailbox
from edge_agent.run.runner import BLOCKS, Runner
from edge_agent.speak.chimes import Chime
from edge_agent.types import Failure, InTurn, StillWorking, Turn, Voiced


class Conversation(Runner):
    """Has two threads: one reads the line, one plays. `join` returns when the line is over or `stop` was called."""

    def __init__(
        self, line: Line, host: Host, briefs: Briefs, *, on_event: Callable[[Event], object], **more: Any
    ) -> None:
        """`more`: as of Runner."""
        self.host = host
        self.captured = 0
        """Frames that were read."""
        self.blocks: Mailbox[InTurn[Playable]] = Mailbox(sys.maxsize)
        self._is_full = False
        self._lock = threading.Lock()
        """The lock sees to it that the host is told in the order in which it was found out."""
        super().__init__(line, host, briefs, on_event=on_event, **more)
        work = {"capture": self._capture, "playback": self._play}
        self._threads = [
            threading.Thread(target=self._guarded, args=(each,), name=name, daemon=True) for name, each in work.items()
        ]

    @property
    def is_over(self) -> bool:
        """Whether it has ended, of itself or by `stop`; `join` says why."""
        return not any(thread.is_alive() for thread in self._threads)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Make everything stale, give the link up, close the source. Returns at once; `join` waits."""
        super().stop()
        self.blocks.close()

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
            self._fail(error)

    def _capture(self) -> None:
        while (frame := self._line.source.read()) is not None:
            self.captured += 1
            if self._is_over(frame.start_s):
                break
            self._hear(frame)
            late = None if self.agent.gate.paused else self.agent.overdue(frame.end_s)
            if late and self.blocks.reader_waits:
                self.blocks.offer(late)
        self.stop()

    def _queue(self, item: InTurn[Playable]) -> None:
        self.blocks.offer(item)
        self._hold(len(self.blocks) >= BLOCKS)

    def _hold(self, full: bool) -> None:
        """Tell the host, once, that there is enough, or room again."""
        with self._lock:
            if full != self._is_full:
                self._is_full = full
                self.link.send(Hold(full))

    def _play(self) -> None:
        sink, gate = self._line.sink, self.agent.gate
        sounding: Turn | None = None
        was_cut = False
        for turn, item in ((block.turn, block.item) for block in self.blocks):
            self._hold(len(self.blocks) >= BLOCKS)
            if sounding and not gate.may_sound(sounding):
                sink.flush()
                was_cut = True
                sounding = sounding if gate.is_current(sounding) else None
            if isinstance(item, Chime):
                self._chime(item)
                continue
            if not gate.wait_for_floor(turn):
                continue
            failed: Turn | None = None
            if isinstance(item, StillWorking):
                self._say_late(turn, item.in_words)
            elif isinstance(item, Failure):
                failed = self.agent.fail(turn, item.error)
            elif not isinstance(item, Voiced):
                failed = self.agent.fail(turn)
            elif self.agent.may_play(turn, item, audible=sink.audible):
                if sounding != turn and not self.agent.unheard:
                    sounding = turn
                    self._on_mark(turn, "play", self._line.now_s())
                self._write(risen(item) if was_cut else item)
                was_cut = False
                failed = self.agent.on_played(turn, item)
            if failed:
                self._apologize(failed)
        if self.agent.answering:  # stopped in the middle of an answer
            sink.flush()

    def _say_late(self, turn: Turn, in_words: bool) -> None:
        """No part of the answer, so that neither the ledger nor an event has it."""
        for block in self._apology.late(in_words=in_words):
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
            self._line.sink.write(self._as_loud(block.samples))

    def _apologize(self, turn: Turn) -> None:
        sink = self._line.sink
        for block in self._apology.blocks(self.agent.failures):
            if not (self._has_floor(turn) and self.agent.may_play(turn, block, audible=sink.audible)):
                return
            self._write(block)
            self.agent.on_played(turn, block)


def risen(block: Voiced) -> Voiced:
    """A block that comes after sound that was cut off."""
    return replace(block, samples=faded_in(block.samples, round(FADE_S * block.rate_hz)))
