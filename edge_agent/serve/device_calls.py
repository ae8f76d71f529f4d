"""Device calls: conversations over WebRTC that the device owns, as at its microphone: the page's.

The events of docs/events.md go over a data channel as JSON, with a few texts more; docs/webrtc.md lists all of them.
"""

from __future__ import annotations

import asyncio
import json
import logging
import queue
import threading
import weakref
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Protocol

from edge_agent.errors import EdgeAgentError
from edge_agent.events import Event
from edge_agent.host.jobs import Report
from edge_agent.line import Line
from edge_agent.rtc.line import PeerLine
from edge_agent.rtc.network import Network
from edge_agent.rtc.peer import Peer, Watching
from edge_agent.serve.loop import LoopWake
from edge_agent.serve.realtime_protocol.ids import random_id
from edge_agent.serve.session_limit import Places
from edge_agent.types import Json, Partial, Turn

log = logging.getLogger(__name__)

LABEL = "events"
"""The label of the data channel, which the client makes."""
MOST_CHARS = 4000
"""The longest text that is typed."""
END_S = 5.0
"""The longest that the end of a conversation is waited for."""
MOST_ASKED = 100
"""Texts of the client that may wait. Beyond, they are dropped."""


class Conversing(Protocol):
    """A conversation of the device (run/threads.py)."""

    @property
    def turn(self) -> int:
        """The number of the user's turn."""

    def run(self) -> None: ...
    def stop(self) -> None: ...
    def typed(self, text: str, language: str) -> None: ...
    def interrupt(self) -> None: ...


class Windows(Protocol):
    """What looks at a conversation."""

    def on_event(self, event: Event) -> None: ...
    def on_mark(self, turn: Turn, name: str, at_s: float) -> None: ...
    def on_report(self, report: Report) -> None: ...


Converse = Callable[[Line, Windows], AbstractContextManager[Conversing]]
"""Makes a conversation for a line; what it needs is closed at the end of the block."""


class LineCall:
    """One call. Its conversation has a thread of its own, and so has what the client asks for."""

    def __init__(self, converse: Converse, rate_hz: int, facts: Json, client: str, device: str | None = None) -> None:
        """`rate_hz`: of the voice; `facts`: what the client is told first; `client`: whose place it has; `device`: the
        paired one that it is from."""
        self.id, self.client, self.device = random_id("call"), client, device
        self._converse, self._rate_hz, self._facts = converse, rate_hz, facts
        self._peer: Peer | None = None
        self._conversation: Conversing | None = None
        self._thread: threading.Thread | None = None
        self._asked: queue.Queue[Json | None] = queue.Queue()
        self._acts: Mapping[str, Callable[[Json], None]] = {
            "say": self._say,
            "interrupt": self._interrupt,
            "mute": self._mute,
        }

    def watching(self, on_end: Callable[[], object]) -> Watching:
        """What the network is to tell."""
        return Watching(on_text=self._on_text, on_connected=self._start, on_end=partial(self._on_end, on_end))

    def begin(self, peer: Peer) -> None:
        self._peer = peer

    def hang_up(self) -> None:
        if self._peer:
            self._peer.close()

    def join(self, seconds: float) -> None:
        """Waits for the end of its conversation, at most so long."""
        if self._thread:
            self._thread.join(seconds)

    def tell(self, type: str, **fields: Any) -> None:
        if self._peer:
            self._peer.send(json.dumps({"type": type, **fields}))

    # --- what looks at the conversation ---------------------------------------------------------------------------

    def on_event(self, event: Event) -> None:
        if self._peer:
            self._peer.send(json.dumps(event.to_json()))

    def on_mark(self, turn: Turn, name: str, at_s: float) -> None:
        self.tell("mark", turn=turn.number, draft=turn.draft, name=name, at_s=round(at_s, 3))

    def on_report(self, report: Report) -> None:
        if isinstance(report, Partial) and self._conversation:
            self.tell("partial", turn=self._conversation.turn, text=report.heard.text)

    # --- its threads ----------------------------------------------------------------------------------------------

    def _start(self) -> None:
        """Runs in the network's thread."""
        self._thread = threading.Thread(target=self._run, name=f"call {self.id}", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        assert self._peer
        asking = threading.Thread(target=self._answer, name=f"asked {self.id}", daemon=True)
        try:
            line = PeerLine(self._peer, self._rate_hz, on_flush=lambda: self.tell("hush"))
            with self._converse(line, self) as conversation:
                self._conversation = conversation
                self.tell("listening", call=self.id, **self._facts)
                asking.start()
                conversation.run()
        except EdgeAgentError as error:
            self.tell("error", message=str(error))
        except Exception:
            log.exception("A call failed.")
            self.tell("error", message="The conversation failed; the log of the server says why.")
        finally:
            self._asked.put(None)
            self._peer.close()

    def _answer(self) -> None:
        while (asked := self._asked.get()) is not None:
            try:
                self._acts[asked["type"]](asked)
            except Exception:
                log.exception("A text of the client failed.")

    def _on_end(self, on_end: Callable[[], object]) -> None:
        if self._conversation:
            self._conversation.stop()
        on_end()

    def _on_text(self, text: str | bytes) -> None:
        """Runs in the network's thread. The client is told of what is none of its texts."""
        asked = _asked(text)
        if asked is None or asked["type"] not in self._acts:
            self.tell("error", message=f"The client may send {', '.join(self._acts)} as JSON objects.")
        elif self._asked.qsize() < MOST_ASKED:
            self._asked.put(asked)

    def _say(self, asked: Json) -> None:
        text = asked.get("text")
        if isinstance(text, str) and len(text.strip()) > 0 and len(text) <= MOST_CHARS and self._conversation:
            self._conversation.typed(text.strip(), str(self._facts.get("language", "en")))
        else:
            self.tell("error", message=f"'text' is what is typed, of 1 to {MOST_CHARS} characters.")

    def _interrupt(self, asked: Json) -> None:
        if self._conversation:
            self._conversation.interrupt()

    def _mute(self, asked: Json) -> None:
        if self._peer:
            self._peer.source.muted = muted = asked.get("on") is not False
            self.tell("muted", on=muted)


class LineCalls:
    """All calls of a server to the device's own agent."""

    def __init__(self, network: Network, converse: Converse, places: Places, rate_hz: int, facts: Json) -> None:
        self._network, self._converse, self._places = network, converse, places
        self._rate_hz, self._facts = rate_hz, facts
        self._calls: dict[str, LineCall] = {}
        self._running: weakref.WeakSet[LineCall] = weakref.WeakSet()
        """All of them, and those whose peer is gone, until their conversation is over."""

    async def begin(self, offer: str, address: str, device: str | None = None) -> tuple[str, str]:
        """Its id and the answer. A place was taken for `address`, which is left at its end. Raises as Network.answer;
        then the place is left. `device`: the paired one that it is from."""
        call, wake = LineCall(self._converse, self._rate_hz, self._facts, address, device), LoopWake()
        self._calls[call.id] = call
        self._running.add(call)
        try:
            watching = call.watching(on_end=lambda: wake(partial(self._end, call)))
            peer = await asyncio.wrap_future(self._network.answer(offer, address, LABEL, watching))
        except BaseException:
            self._end(call)
            raise
        call.begin(peer)
        return call.id, peer.answer

    def hang_up(self, id: str) -> bool:
        """Whether there was such a call."""
        if call := self._calls.get(id):
            call.hang_up()
        return call is not None

    def leave_unless(self, is_paired: Callable[[str], bool]) -> None:
        """Ends the calls of devices that were thrown out."""
        for call in list(self._calls.values()):
            if call.device and not is_paired(call.device):
                call.hang_up()

    async def close(self) -> None:
        """The network is closed: waits for the conversations, which use the host."""
        for call in list(self._running):
            await asyncio.to_thread(call.join, END_S)

    def _end(self, call: LineCall) -> None:
        if self._calls.pop(call.id, None):
            self._places.leave(call.client)


def _asked(text: str | bytes) -> Json | None:
    try:
        asked = json.loads(text) if len(text) <= 8 * MOST_CHARS else None
    except (ValueError, RecursionError):
        return None
    return asked if isinstance(asked, dict) and isinstance(asked.get("type"), str) else None
