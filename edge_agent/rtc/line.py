"""A line over WebRTC: the peer is microphone and loudspeaker of a conversation that the device owns."""

from __future__ import annotations

from collections.abc import Callable

from edge_agent.rtc.inbound import Inbound
from edge_agent.rtc.peer import Peer
from edge_agent.types import Samples


class PeerSink:
    """A `Sink` at the voice's rate. Once the peer is gone, `write` returns at once and nobody hears it."""

    def __init__(self, peer: Peer, rate_hz: int, on_flush: Callable[[], object]) -> None:
        self.rate_hz = rate_hz
        self._peer, self._on_flush = peer, on_flush

    @property
    def audible(self) -> bool:
        return self._peer.audible

    def write(self, samples: Samples) -> None:
        self._peer.voice.put(samples, self.rate_hz)
        self._peer.voice.wait()

    def flush(self) -> None:
        self._peer.voice.drop()
        self._on_flush()

    def close(self) -> None:
        self._peer.close()


class PeerLine:
    """A `Line`. It ends when the peer does."""

    ended_s: float | None = None

    def __init__(self, peer: Peer, rate_hz: int, on_flush: Callable[[], object] = lambda: None) -> None:
        """`rate_hz`: of the voice. `on_flush`: called when the voice falls silent, while the peer holds some of it."""
        self._peer = peer
        self.sink = PeerSink(peer, rate_hz, on_flush)

    @property
    def source(self) -> Inbound:
        return self._peer.source

    def now_s(self) -> float:
        return self._peer.source.now_s()

    def close(self) -> None:
        self.source.close()
        self._peer.close()
