"""Inline: a whole conversation in the caller's thread, one step an input frame. For files and tests: nothing waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from edge_agent.agent import Agent
from edge_agent.errors import EngineError
from edge_agent.line import Line
from edge_agent.run.stage import OnMark, Rooms, is_over, listen, voiced
from edge_agent.speak.apology import Apology
from edge_agent.types import Event, Failure, Heard, InTurn, Onset, Partial, Turn, Voiced


class InlineConversation:
    """Engines take no time here: line time is the position in the input, whatever the computer needs for it."""

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
        self.agent = Agent(now_s=line.now_s, on_event=on_event, ask=self._ask)
        self._apology = rooms.apology or Apology(line.sink.rate_hz)
        self._asked: InTurn[Heard | Failure] | None = None
        """What is to be answered, or apologized for."""
        self._blocks: Iterator[Voiced] | None = None
        self._written_s = 0.0

    def run(self) -> None:
        """Until the source ends or the line is over. Exceptions pass through; the line is closed in any case."""
        try:
            while (frame := self._line.source.read()) is not None:
                listen(self._rooms, self.agent, frame, self._on_mark, self._line.now_s)
                self._play(until_s=frame.end_s)
                if is_over(self._rooms, self.agent, self._line.ended_s, frame.end_s, self._linger_s):
                    break
        finally:
            self.agent.gate.close()
            self._line.close()

    def _ask(self, message: InTurn[Heard | Onset | Partial | Failure]) -> None:
        """Nothing is prepared here: engines take no time."""
        item = message.item
        self._asked = InTurn(message.turn, item) if isinstance(item, Heard | Failure) else None
        self._blocks = None

    def _chain(self, message: InTurn[Heard | Failure]) -> Iterator[Voiced]:
        """think and speak in one lazy chain: nothing is made before it is due."""
        if isinstance(message.item, Failure):
            raise EngineError(message.item.error)

        def wanted() -> bool:
            return self.agent.gate.is_current(message.turn)

        mind, voice = self._rooms.mind, self._rooms.voice
        for sentence in mind.think(message.turn.number, message.item, self.agent.ledger.entries(), wanted):
            yield from voiced(voice, sentence, lambda: self.agent.unheard)

    def _play(self, until_s: float) -> None:
        """Hand the sink as many blocks as fit before `until_s`."""
        asked = self._asked
        if asked is None or not self.agent.gate.is_committed(asked.turn):
            return
        if self._blocks is None:
            self._blocks = self._chain(asked)
            self._written_s = until_s
            self._on_mark(asked.turn, "play", until_s)
        if self.agent.gate.paused:
            self._written_s = until_s
            return
        while self._blocks and self._written_s <= until_s:
            self._play_block(self._blocks)

    def _play_block(self, blocks: Iterator[Voiced]) -> None:
        assert self._asked is not None
        turn = self._asked.turn
        try:
            block = next(blocks, None)
        except EngineError as error:
            return self._apologize(self.agent.fail(turn, str(error)))
        sink = self._line.sink
        if block is None or not self.agent.may_play(turn, block, audible=sink.audible):
            self._asked = self._blocks = None
            return None
        if not self.agent.unheard:
            sink.write(block.samples)
            self._written_s += len(block.samples) / block.rate_hz
        if failed := self.agent.on_played(turn, block):
            self._apologize(failed)
        return None

    def _apologize(self, turn: Turn | None) -> None:
        """Go on with the blocks of an apology; with nothing if the failure is nobody's."""
        self._asked = InTurn(turn, Failure("")) if turn else None
        self._blocks = self._apology.blocks(self.agent.failures) if turn else None
