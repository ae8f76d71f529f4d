"""Card: the microphone of a sound card, driven by the tape: the real `Microphone`, and a device process that fails."""

from __future__ import annotations

import json
from collections.abc import Sequence

from edge_agent.clock import ManualClock
from edge_agent.lines.device_process import BLOCK, BLOCK_AFTER_LOSS, OPENED, DeviceMessage, Opened
from edge_agent.lines.devices import Kind
from edge_agent.lines.microphone import Microphone
from edge_agent.lines.pcm import to_int16
from edge_agent.lines.reconnecting import ReconnectingDevice
from edge_agent.types import AudioFrame
from tests.rigs.soak.line import SoakSource
from tests.rigs.soak.plan import Plan

DEVICE = Opened("Soak: tape", SoakSource.rate_hz, 1, 0.0)
OVERRUN_S = 0.1


class Card:
    """A `Source`. The device ends or hangs in the silence after what was said, so that its turn is whole."""

    def __init__(self, tape: SoakSource, clock: ManualClock) -> None:
        self._tape, self._clock = tape, clock
        tape.on_trouble = self._on_trouble
        self.trouble = ""
        """What is to go wrong next: ends, hangs or overrun."""
        self.opened = 0
        """How often, the first time counted."""
        self._over = False
        device = ReconnectingDevice("input", None, clock=clock, on_status=_untold, start=self._open)
        self._microphone = Microphone(clock=clock, on_status=_untold, device=device)
        self.rate_hz = self._microphone.rate_hz

    def _on_trouble(self, plan: Plan) -> None:
        ways = ("ends", "hangs") if plan.kind == "microphone is lost" else ("overrun",)
        self.trouble = ways[plan.number % len(ways)]

    def read(self) -> AudioFrame | None:
        return None if self._over else self._microphone.read()

    def close(self) -> None:
        self._tape.close()
        self._microphone.close()

    def _open(self, kind: Kind, names: Sequence[str]) -> _Port:
        self.opened += 1
        return _Port(self)

    def block(self, timeout_s: float) -> DeviceMessage | None:
        """The next of the device. Raises EOFError when it has gone."""
        trouble, self.trouble = self.trouble, ""
        if trouble == "ends":
            raise EOFError
        if trouble == "hangs":
            self.trouble = trouble  # until it is closed
        elif frame := self._tape.read():
            if trouble == "overrun":
                self._clock.sleep_until(self._clock.now() + OVERRUN_S)
            kind = BLOCK_AFTER_LOSS if trouble else BLOCK
            return DeviceMessage(self._clock.now(), kind, to_int16(frame.samples).tobytes())
        else:
            self._over = True
        self._clock.sleep_until(self._clock.now() + timeout_s)
        return None


def _untold(status: str) -> None:
    pass


class _Port:
    """Is opened at once, and gone when it is closed."""

    def __init__(self, card: Card) -> None:
        self._card = card
        self._told = False

    def receive(self, timeout_s: float) -> DeviceMessage | None:
        if self._told:
            return self._card.block(timeout_s)
        self._told = True
        return DeviceMessage(0.0, OPENED, json.dumps(DEVICE).encode())

    def send(self, block: bytes) -> None:
        pass

    def close(self, *, at_once: bool) -> None:
        self._card.trouble = ""
