"""What is to be played and what is not to be heard any more, with the stack played by the test."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from edge_agent.phone import sound as sound_module
from edge_agent.phone.messages import FromPeer, News
from edge_agent.phone.sound import DROPS_S, PAUSE_S, CallSound
from edge_agent.phone.trace import Traced

FRAME = np.full(160, 0.25, np.float32)
BYTES = 320


class Stack:
    """`baresip.CallAudio`: drops when it is its turn, and then all that it has been given until then."""

    def __init__(self) -> None:
        self.has, self.drops = 0, False

    def info(self) -> SimpleNamespace:
        rates = {"tx_channels": 1, "rx_channels": 1, "tx_sample_rate": 8000, "rx_sample_rate": 8000}
        return SimpleNamespace(rx_ready=True, tx_ready=True, tx_buffered=self.has, **rates)

    def read(self, most: int) -> bytes:
        return bytes(BYTES)

    def write(self, pcm: bytes) -> None:
        self.has += len(pcm)

    def flush_tx(self) -> None:
        self.drops = True

    def turn(self) -> None:
        self.has = 0 if self.drops else max(0, self.has - BYTES)
        self.drops = False


class World:
    def __init__(self) -> None:
        self.now, self.told, self.stack = 100.0, list[News](), Stack()
        self.hushed: list[int] = []
        call = SimpleNamespace(audio=self.stack, call_id="id", final_stats=None)
        native = SimpleNamespace(hush=lambda call_id, size: self.hushed.append(size))
        nothing = lambda call_id: 0  # noqa: E731
        packets = SimpleNamespace(watch=nothing, look=nothing, lost=nothing)
        self.sound = CallSound("in1", call, Traced(), native, packets, ValueError, self.told.append)  # type: ignore[arg-type]
        self.sound.look()

    def looks(self) -> int:
        """The room that is told."""
        self.sound.look()
        news = self.told[-1]
        assert isinstance(news, FromPeer)
        return news.room


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    one = World()
    monkeypatch.setattr(sound_module.time, "monotonic", lambda: one.now)
    return one


def test_what_the_stack_still_has_is_dropped_and_what_comes_behind_is_played(world: World) -> None:
    for _ in range(3):
        world.sound.play(FRAME)
    assert world.looks() == 0
    world.sound.hush()
    world.sound.play(FRAME)
    assert (world.stack.has, world.looks()) == (3 * BYTES, 0), "what is given now would be dropped, too"
    world.stack.turn()
    world.now += DROPS_S
    assert world.stack.has == 0
    assert world.looks() == 2
    assert world.stack.has == BYTES


def test_a_drop_that_takes_long_is_waited_for(world: World) -> None:
    world.sound.play(FRAME)
    world.sound.hush()
    world.now += 3 * DROPS_S
    assert world.looks() == 0
    world.stack.turn()
    assert world.looks() == 3


def test_behind_a_pause_nothing_waits_in_front_of_what_is_played(world: World) -> None:
    """What waits between the stack's clocks is silence then, and would delay each word from then on."""
    world.sound.play(FRAME)
    world.sound.play(FRAME)
    assert world.hushed == [BYTES]
    world.now += PAUSE_S + 0.01
    world.sound.hush()
    assert world.hushed == [BYTES], "nothing was played: nothing is dropped"
    world.sound.play(FRAME)
    assert world.hushed == [BYTES, BYTES]
