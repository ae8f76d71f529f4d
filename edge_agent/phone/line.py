"""SipLine: one call as a line: it rings, is picked up, is read and written, and ends.

What the peer says goes through the same buffer as that of a WebRTC call (rtc/), which fills with silence what never
came, so that the time of the line goes on; its order and its jitter are the stack's business, which tells what was
lost: that is concealed. What is said goes to the stack as far as that has room, and else waits: so what was taken is
what is heard, at most 60 ms later.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from edge_agent.clock import Clock
from edge_agent.line import Tap
from edge_agent.phone.conceal import Concealer
from edge_agent.phone.media import FRAME_S
from edge_agent.phone.messages import (
    FallSilent,
    FromPeer,
    HangUp,
    HungUp,
    Join,
    OfCall,
    OnHold,
    Order,
    PickedUp,
    PickUp,
    Pressed,
    PutOnHold,
    ToPeer,
    Transfer,
    Transferred,
)
from edge_agent.resample import Resampler
from edge_agent.rtc.inbound import Inbound
from edge_agent.rtc.jitter import CLOCK_HZ, STALL_S, RtpPacket
from edge_agent.rtc.outbound import Outbound
from edge_agent.types import HEAR_RATE_HZ, Samples

LOST = "the SIP process was lost"


class Pcm:
    """A `SoundDecoder` of what was decoded and resampled before."""

    rate_hz = HEAR_RATE_HZ

    def decode(self, payload: bytes) -> Samples:
        return np.frombuffer(payload, np.float32)

    def conceal(self, count: int, repair: bytes | None = None) -> Samples:
        return np.zeros(count, np.float32)


class Stamps:
    """The timestamps of sound that comes without: it follows what came before, unless nothing came for long."""

    def __init__(self) -> None:
        self._next = 0
        self._begun_s: float | None = None
        """The time of timestamp 0, by the sound that came fastest."""

    def of(self, length: int, now: float) -> int:
        """That of the next `length` ticks, which have come `now`."""
        at_s = self._next / CLOCK_HZ
        self._begun_s = now - at_s if self._begun_s is None else min(self._begun_s, now - at_s)
        due_s = now - self._begun_s
        at = round(due_s * CLOCK_HZ) if due_s - at_s > STALL_S else self._next
        self._next = at + length
        return at


class SipSink:
    """A `Sink` at the voice's rate. Once the call is over, `write` returns at once and nobody hears it."""

    def __init__(self, line: SipLine, rate_hz: int) -> None:
        self._line, self.rate_hz = line, rate_hz
        self.tap: Tap = lambda samples, rate_hz: None

    @property
    def audible(self) -> bool:
        return self._line.picked_up.is_set() and not self._line.over.is_set()

    def write(self, samples: Samples) -> None:
        self._line.say(samples, self.rate_hz)
        self._line.voice.wait()

    def flush(self) -> None:
        self._line.hush()

    def close(self) -> None:
        self._line.close()


class SipLine:
    """A `Line`. `take` is for the thread that brings the news; the rest for any."""

    ended_s: float | None = None

    def __init__(
        self, call: str, caller: str, tell: Callable[[Order], object], clock: Clock, rate_hz: int, *, outgoing: bool
    ) -> None:
        """`caller`: the URI of the other side, as it says; `rate_hz`: of the voice; `tell` asks the SIP process."""
        self.call, self.caller, self.outgoing = call, caller, outgoing
        self.source = Inbound(Pcm(), clock)
        self.voice = Outbound()
        self.sink = SipSink(self, rate_hz)
        self.codec = ""
        self.headers: tuple[str, ...] = ()
        """The lines of the caller's INVITE, as it says."""
        self.end: HungUp | None = None
        """How it ended, once it has."""
        self.picked_up, self.over = threading.Event(), threading.Event()
        self.on_hold = False
        """Whether the other side has put us on hold: nothing is heard of it, and it hears nothing."""
        self.on_digit: Callable[[str], object] = lambda digit: None
        self.on_early: Callable[[Samples, int], object] = lambda samples, rate_hz: None
        """It is given what is heard before the other side picks up, with its rate: ringing, or what a network says. Who
        converses does not hear it."""
        self.on_transferred: Callable[[Transferred], object] = lambda news: None
        self._tell, self._clock = tell, clock
        self._stamps, self._sequence = Stamps(), 0
        self._in, self._concealer = Resampler(HEAR_RATE_HZ, HEAR_RATE_HZ), Concealer(HEAR_RATE_HZ)
        self._out = Resampler(CLOCK_HZ, CLOCK_HZ)
        self._mouth = threading.Lock()
        """Whoever speaks and the thread of the news both give the process what it has room for."""
        self._room = 0
        """The frames that it has room for."""
        self._ahead_s = 0.0
        """The sound that was said and is not heard yet, by the clock of what the other side says."""

    def now_s(self) -> float:
        return self.source.now_s()

    def pick_up(self) -> None:
        """Accepts the call. It has been, when `picked_up` is set."""
        self._tell(PickUp(self.call))

    def hang_up(self, status: int = 0) -> None:
        """Ends the call, or refuses one that rings: with this status of SIP, 300 to 699, else its caller hears that it
        is busy."""
        self._tell(HangUp(self.call, status))

    def hold(self, *, on: bool = True) -> None:
        """Puts the other side on hold, or takes it back. It hears nothing of us meanwhile, not even music."""
        self._tell(PutOnHold(self.call, on))

    def transfer(self, uri: str) -> None:
        """Has the other side call `uri`, a number or an address, instead of us. `on_transferred` is told what comes of
        it: the call is over then, or goes on."""
        self._tell(Transfer(self.call, uri))

    def join(self, other: SipLine) -> None:
        """Has the other sides of both calls speak with each other: as `transfer`, to somebody who has picked up."""
        self._tell(Join(self.call, other.call))

    def say(self, samples: Samples, rate_hz: int) -> None:
        """Is heard at once, or behind what was said before. Never waits."""
        self.voice.put(samples, rate_hz)
        with self._mouth:
            self._speak(whole=True)

    def hush(self) -> None:
        """What was said and is not on its way yet is not heard."""
        with self._mouth:
            self._room = 0  # the process says when it has some again
            self.voice.drop(fades=False)
            if self.picked_up.is_set() and not self.over.is_set():
                self._tell(FallSilent(self.call))

    def close(self) -> None:
        """Is the end of the conversation: the call goes with it."""
        self.source.close()
        self.voice.close()
        if not self.over.is_set():
            self.hang_up()

    def take(self, news: OfCall) -> None:
        """What the SIP process tells of this call."""
        match news:
            case PickedUp(codec=codec):
                self.codec = codec
                self.picked_up.set()
            case FromPeer() if not self.picked_up.is_set():
                self.on_early(news.samples, news.rate_hz)
            case FromPeer():
                self._hear(news)
                with self._mouth:
                    self._room = news.room
                    if self._out.to_hz != news.rate_hz:
                        self._out = Resampler(CLOCK_HZ, news.rate_hz)
                    self._speak()
                    self._be_silent(news)
            case Pressed(digit=digit):
                self.on_digit(digit)
            case OnHold(on=on):
                self.on_hold = on
            case Transferred():
                self.on_transferred(news)
            case HungUp():
                self.end = self.end or news
                self.over.set()
                self.source.close()
                self.voice.close()

    def lose(self) -> None:
        """The SIP process has died, and the call with it."""
        self.take(HungUp(self.call, LOST, {}))

    def _hear(self, news: FromPeer) -> None:
        if self._in.from_hz != news.rate_hz:  # the first sound, or another codec in the middle of it
            self._in, self._concealer = Resampler(news.rate_hz, HEAR_RATE_HZ), Concealer(news.rate_hz)
        missing = self._concealer.fill(news.lost * round(FRAME_S * news.rate_hz)) if news.lost else news.samples[:0]
        samples = self._in.push(np.concatenate([missing, self._concealer.heard(news.samples)]))
        if len(samples):
            length = len(samples) * CLOCK_HZ // HEAR_RATE_HZ
            stamp = self._stamps.of(length, self._clock.now())
            self.source.add(RtpPacket(self._sequence & 0xFFFF, stamp & 0xFFFFFFFF, samples.tobytes(), length))
            self._sequence += 1

    def _speak(self, *, whole: bool = False) -> None:
        """Gives the process what it has room for. `whole`: full frames alone, as more follows."""
        while self._room and not (whole and self.voice.waiting_s < FRAME_S):
            frame = self.voice.take()
            if frame is None:
                return
            self._room -= 1
            self._tell(ToPeer(self.call, self._out.push(frame)))
            self._played(frame)

    def _be_silent(self, news: FromPeer) -> None:
        """Tells a canceller of the silence between what is said: as much as has been heard meanwhile."""
        self._ahead_s -= news.lost * FRAME_S + len(news.samples) / news.rate_hz
        if self._ahead_s < -FRAME_S:
            self._played(np.zeros(round(-self._ahead_s * CLOCK_HZ), np.float32))

    def _played(self, sound: Samples) -> None:
        self._ahead_s += len(sound) / CLOCK_HZ
        self.sink.tap(sound, CLOCK_HZ)
