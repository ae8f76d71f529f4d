"""Inline: a whole conversation in the caller's thread, one step an input frame. For files and tests: nothing waits."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from edge_agent.agent.answer import Playable
from edge_agent.agent.briefs import Briefs
from edge_agent.events import Event
from edge_agent.host.inline import InlineHost
from edge_agent.line import Line
from edge_agent.run.runner import BLOCKS, Runner
from edge_agent.speak.chimes import Chime
from edge_agent.types import Failure, InTurn, StillWorking, Turn, Voiced


class InlineConversation(Runner):
    """Engines take no time here: line time is the position in the input, whatever the computer needs for it."""

    def __init__(
        self, line: Line, host: InlineHost, briefs: Briefs, *, on_event: Callable[[Event], object], **more: Any
    ) -> None:
        """`more`: as of Runner."""
        self._host = host
        self._items: deque[InTurn[Playable]] = deque()
        self._sounding: Turn | None = None
        self._written_s = 0.0
        super().__init__(line, host, briefs, on_event=on_event, **more)

    def run(self) -> None:
        """Runs until the source ends or the line is over. Exceptions pass through; the line is closed in any case."""
        try:
            while (frame := self._line.source.read()) is not None:
                self._hear(frame)
                self._host.hear_all()
                self._play(until_s=frame.end_s)
                if self._error or self._is_over(frame.end_s):
                    break
        finally:
            self.agent.gate.close()
            self.link.close()
            self._line.close()
        if self._error:
            raise self._error

    def _queue(self, item: InTurn[Playable]) -> None:
        if isinstance(item.item, Chime):
            self._chime(item.item)
        else:
            self._items.append(item)

    def _play(self, until_s: float) -> None:
        """Hand the sink as many blocks as fit before `until_s`."""
        while self.agent.answering and not self._error:
            turn = self.agent.gate.current
            if turn != self._sounding:
                self._sounding, self._written_s = turn, until_s
                self._on_mark(turn, "play", until_s)
            if self.agent.gate.paused:
                self._written_s = until_s
            if self._written_s > until_s or self.agent.gate.paused:
                return
            if item := self._next(turn):
                self._play_one(turn, item)
            else:
                return

    def _next(self, turn: Turn) -> Playable | None:
        """What is to be played next; the host works until there is something. None if nothing comes."""
        while True:
            while len(self._items) < BLOCKS and self._host.step():
                pass  # as far ahead as threads would be
            if not self._items:
                return None
            of, item = (message := self._items.popleft()).turn, message.item
            if of == turn:
                return item

    def _play_one(self, turn: Turn, item: Playable) -> None:
        if isinstance(item, Failure):
            failed = self.agent.fail(turn, item.error)
        elif isinstance(item, Voiced):
            failed = self._play_block(turn, item)
        else:
            failed = None if isinstance(item, StillWorking) else self.agent.fail(turn)
        if failed:
            self._sounding = failed  # it goes on where the answer ended
            self._items.extend(InTurn(failed, block) for block in self._apology.blocks(self.agent.failures))

    def _play_block(self, turn: Turn, block: Voiced) -> Turn | None:
        sink = self._line.sink
        if not self.agent.may_play(turn, block, audible=sink.audible):
            return None
        if not self.agent.unheard:
            sink.write(self._as_loud(block.samples))
            self._written_s += len(block.samples) / block.rate_hz
        return self.agent.on_played(turn, block)
