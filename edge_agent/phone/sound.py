"""Sound: one call's sound as the stack has it: looked at each 10 ms, told in our terms. Runs in the SIP process alone.

Between two looks the stack has taken a frame, or none; what was lost before it, its counters tell (native.py). Keys
take numbers of packets, too, which the stack misses in the sound.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from edge_agent.phone.media import FRAME_S, figures, interleaved, mono, room
from edge_agent.phone.messages import FromPeer, News, PickedUp, Pressed
from edge_agent.phone.native import Native
from edge_agent.phone.shield import shield
from edge_agent.phone.tones import Tones
from edge_agent.phone.trace import SoundPlaces, Traced
from edge_agent.types import Json, Samples

TICK_S = 0.01
MOST_BYTES = 1 << 16
"""What is read at once: 0.34 s of the fattest codec. Whole samples, as it is a multiple of them."""
JITTER = 10
"""Pieces of sound that may have come before a key and are heard after it: more than the stack holds back."""
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
        error: type[Exception],
        tell: Callable[[News], Any],
    ) -> None:
        """`name`: our own of the call (baresip.Call); `error`: what it raises while it is being changed, or is over."""
        self._name, self._call, self._messages, self._native, self._error = name, call, messages, native, error
        self._tell = tell
        self._picked_up = False
        self._channels = 1
        self._shielded: SoundPlaces | None = None
        """The addresses whose sound is let in."""
        self._tones: Tones | None = None
        """Reads keys in the sound, where the other side has none of its own."""
        self._pressed = False
        """Whether it has pressed a key in another way."""
        self._behind_key = 0
        """The pieces of sound that may still come before the one behind a key."""
        self._quiet_ticks = 0
        """Looks in a row at which there was nothing to tell."""
        self._missed = self._of_keys = 0
        """What the stack misses by now, and how much of that keys were."""

    def press(self, key: str) -> None:
        """The other side has pressed a key, in a way that the stack knows."""
        self._pressed, self._behind_key = True, JITTER
        self._tell(Pressed(self._name, key))

    def play(self, samples: Samples) -> None:
        """20 ms, at the rate of the call."""
        if self._picked_up:
            with suppress(self._error):  # the next look tells
                self._call.audio.write(interleaved(samples, self._channels))

    def look(self) -> None:
        """Takes what the peer has said, and tells how much of ours there is room for."""
        audio = self._call.audio
        try:
            info = audio.info()
            pcm = audio.read(MOST_BYTES) if info.rx_ready else b""
        except self._error:
            return
        if not (info.tx_ready and info.rx_ready):
            return
        self._shield()
        self._channels = info.tx_channels
        if not self._picked_up:
            self._picked_up = True
            self._tell(PickedUp(self._name, self._messages.codecs.get(self._id, "")))
        self._quiet_ticks += 1
        if pcm or self._quiet_ticks * TICK_S >= FRAME_S:
            self._quiet_ticks = 0
            ahead_s = info.tx_buffered / (2 * info.tx_channels * info.tx_sample_rate)
            samples = self._without_tones(mono(pcm, info.rx_channels), info.rx_sample_rate)
            self._tell(FromPeer(self._name, info.rx_sample_rate, room(ahead_s), samples, self._lost() if pcm else 0))

    def look_early(self) -> None:
        """Takes what is heard before it is picked up: another network's ringing, or what it says."""
        with suppress(self._error):
            info = self._call.audio.info()
            self._shield()
            if info.rx_ready and (pcm := self._call.audio.read(MOST_BYTES)):
                self._tell(FromPeer(self._name, info.rx_sample_rate, 0, mono(pcm, info.rx_channels)))

    def figures(self) -> Json:
        """What is told of it at the end."""
        return figures(self._call.final_stats, self._of_keys)

    @property
    def _id(self) -> str:
        return self._call.call_id or ""

    def _lost(self) -> int:
        """The frames that were lost before those that were read now."""
        before, self._missed = self._missed, self._native.lost(self._id)
        lost = max(0, self._missed - before)  # a change of the call begins the count anew
        if lost and self._behind_key:
            self._of_keys, self._behind_key = self._of_keys + lost, 0
            return 0
        self._behind_key = max(0, self._behind_key - 1)
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
