"""Sound: one call's sound as the stack has it, told in our terms. Runs in the SIP process alone.

It is looked at when a packet has come and each 10 ms. Between two looks the stack has taken a frame, or none; what was
lost before it is counted where packets are put in order (packets.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from edge_agent.phone.media import FRAME_S, figures, interleaved, mono, room
from edge_agent.phone.messages import FromPeer, News, PickedUp, Pressed
from edge_agent.phone.native import Native
from edge_agent.phone.packets import Packets
from edge_agent.phone.shield import shield
from edge_agent.phone.tones import Tones
from edge_agent.phone.trace import SoundPlaces, Traced
from edge_agent.types import Json, Samples

TICK_S = 0.01
MOST_BYTES = 1 << 16
"""What is read at once: 0.34 s of the fattest codec. Whole samples, as it is a multiple of them."""
PAUSE_S = 0.6
"""Behind such a pause nothing of what was played waits any more: the stack lets no more wait."""
DROPS_S = FRAME_S + TICK_S
"""The stack drops what it is to drop within a frame, and what it is given until then with it."""
MOST_LOST = 25
"""More frames than these in a row are no loss, but a pause or another stream."""


class CallSound:
    """All methods are called on the loop of the stack."""

    def __init__(
        self,
        name: str,
        call: Any,
        messages: Traced,
        native: Native,
        packets: Packets,
        error: type[Exception],
        tell: Callable[[News], Any],
    ) -> None:
        """`name`: our own of the call (baresip.Call); `error`: what it raises while it is being changed, or is over."""
        self._name, self._call, self._messages, self._native, self._error = name, call, messages, native, error
        self._packets, self._tell = packets, tell
        self._picked_up = False
        self._channels, self._frame_bytes = 1, 0
        self._drops_until_s: float | None = None
        """The time up to which the stack drops what it has, and what is to be played waits; None: it drops nothing."""
        self._waits: list[bytes] = []
        self._played_s = 0.0
        """When the stack last had something to play."""
        self._shielded: SoundPlaces | None = None
        """The addresses whose sound is let in."""
        self._tones: Tones | None = None
        """Reads keys in the sound, where the other side has none of its own."""
        self._pressed = False
        """Whether it has pressed a key in another way."""
        self._quiet_ticks = 0
        """Looks in a row at which there was nothing to tell."""
        self._missed = 0
        """The packets that were lost by now."""

    def press(self, key: str) -> None:
        """The other side has pressed a key, in a way that the stack knows."""
        self._pressed = True
        self._tell(Pressed(self._name, key))

    def play(self, samples: Samples) -> None:
        """20 ms, at the rate of the call."""
        if self._picked_up:
            self._waits.append(interleaved(samples, self._channels))
            self._give()

    def hush(self) -> None:
        """What the stack still holds of ours is not heard. It is cut off as it is: the stack takes no fade."""
        self._waits.clear()
        if (now := time.monotonic()) - self._played_s < PAUSE_S:
            with suppress(self._error):
                self._call.audio.flush_tx()
                self._drops_until_s = now + DROPS_S
                self._native.hush(self._id, self._frame_bytes)

    def _give(self) -> None:
        """What is to be played goes to the stack, unless that would drop it."""
        waits, now = self._waits, time.monotonic()
        if waits and self._drops_until_s is None:
            self._waits = []
            if now - self._played_s > PAUSE_S:
                self._native.hush(self._id, self._frame_bytes)  # silence, behind which it would wait
            self._played_s = now
            with suppress(self._error):  # the next look tells
                for pcm in waits:
                    self._call.audio.write(pcm)

    def look(self) -> None:
        """Takes what the peer has said, and tells how much of ours there is room for."""
        audio = self._call.audio
        self._packets.look(self._id)
        try:
            info = audio.info()
            pcm = audio.read(MOST_BYTES) if info.rx_ready else b""
        except self._error:
            return
        if not (info.tx_ready and info.rx_ready):
            return
        self._shield()
        self._channels = info.tx_channels
        self._frame_bytes = round(2 * info.tx_channels * info.tx_sample_rate * FRAME_S)
        if not self._picked_up:
            self._picked_up = True
            self._packets.watch(self._id)
            self._tell(PickedUp(self._name, self._messages.codecs.get(self._id, "")))
        self._quiet_ticks += 1
        if pcm or self._quiet_ticks * TICK_S >= FRAME_S:
            self._quiet_ticks = 0
            if self._drops_until_s and not info.tx_buffered and time.monotonic() >= self._drops_until_s:
                self._drops_until_s = None
            ahead_s = (info.tx_buffered / self._frame_bytes + len(self._waits)) * FRAME_S
            self._give()
            samples = self._without_tones(mono(pcm, info.rx_channels), info.rx_sample_rate)
            free = 0 if self._drops_until_s else room(ahead_s)
            self._tell(FromPeer(self._name, info.rx_sample_rate, free, samples, self._lost() if pcm else 0))

    def look_early(self) -> None:
        """Takes what is heard before it is picked up: another network's ringing, or what it says."""
        with suppress(self._error):
            info = self._call.audio.info()
            self._shield()
            if info.rx_ready and (pcm := self._call.audio.read(MOST_BYTES)):
                self._tell(FromPeer(self._name, info.rx_sample_rate, 0, mono(pcm, info.rx_channels)))

    def figures(self) -> Json:
        """What is told of it at the end."""
        return figures(self._call.final_stats, self._missed)

    @property
    def _id(self) -> str:
        return self._call.call_id or ""

    def _lost(self) -> int:
        """The frames that were lost before those that were read now."""
        before, self._missed = self._missed, self._packets.lost(self._id)
        lost = self._missed - before
        return lost if lost <= MOST_LOST else 0

    def _without_tones(self, samples: Samples, rate_hz: int) -> Samples:
        """Tells keys that are pressed as tones, where both sides have no better way; in their place is silence."""
        if self._pressed or all(self._messages.keyed.get(self._id, (True, True))):
            return samples
        if self._tones is None or self._tones.rate_hz != rate_hz:
            self._tones = Tones(rate_hz)
        for key in self._tones.push(samples):
            self._tell(Pressed(self._name, key))
        return np.zeros_like(samples) if self._tones.held else samples

    def _shield(self) -> None:
        """Lets in what comes from where the other side has said, as soon as it says so."""
        sound = self._messages.sound.get(self._id)
        if sound and sound.port and sound != self._shielded:
            self._shielded = sound
            shield(sound.port, sound.peers)
