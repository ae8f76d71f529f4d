"""Messages: what the agent asks of the SIP process and what that tells, each plain data and one packet.

    agent                          SIP process
      StackSetup ------------------->
      <------------------- StackReady, or StackFailed and its end
      <------------------- Registered             each time that the registrar has said yes or no
      <------------------- Ringing                a call; the agent answers PickUp or HangUp
      PickUp, Dial, HangUp, PutOnHold, Transfer, Join --------->
      <------------------- PickedUp
      <------------------- FromPeer               sound, each 10 to 20 ms, with room for so many frames (none before
                                                  PickedUp: it is early media) ...
      ToPeer ----------------------->             ... into which what is to be said goes
      FallSilent ------------------->             what it still holds of that is not said
      <------------------- Pressed                a key
      <------------------- OnHold                   the peer has put us on hold, or goes on
      <------------------- Transferred            what came of Transfer or Join
      <------------------- HungUp                 once for each call, its last
      <------------------- Alive                  each two seconds

A call is named by the process that has it; `Dial` names its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any

from edge_agent.types import Json, Samples
from edge_agent.workers.packet import Packet


@dataclass(frozen=True, slots=True)
class StackSetup:
    """How the stack is to be opened. Goes over a socket of this machine's own, once; no log has it."""

    host: str
    """The address to listen at."""
    port: int
    transport: str
    """"udp", "tcp" or "tls", towards the registrar."""
    user: str
    domain: str
    """The registrar, with its port if that is another than 5060; of a line that does not register, its own address."""
    password: str = field(repr=False)
    registers: bool
    codecs: tuple[str, ...]
    """Names as in `phone.codecs`, the best liked first."""
    allow: tuple[str, ...]
    """Addresses and networks from which calls are taken, beside the registrar's."""
    callers: tuple[str, ...]
    """Numbers whose calls are taken; all if empty."""
    most_calls: int
    srtp: str = "off"
    """The value of `phone.srtp`."""
    certificate: str = ""
    """The file of our certificate and key, for TLS; "" for none."""
    authorities: str = ""
    """The file of the certificates that may vouch for a registrar."""
    caller_user: str = ""
    """The user that callers have to prove to be; "" if they need not."""
    caller_password: str = field(default="", repr=False)
    sandbox: bool = True
    """Whether the process is locked in."""


@dataclass(frozen=True, slots=True)
class PickUp:
    call: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """The call is over, or refused if it rings."""

    call: str
    status: int = 0
    """What it is refused with, 300 to 699; 0: "busy" (486)."""


@dataclass(frozen=True, slots=True)
class Dial:
    call: str
    uri: str


@dataclass(frozen=True, slots=True)
class PutOnHold:
    """The peer is put on hold, and hears nothing; or is taken back."""

    call: str
    on: bool


@dataclass(frozen=True, slots=True)
class Transfer:
    """The peer is to call somebody else instead (REFER), without a word to them."""

    call: str
    uri: str


@dataclass(frozen=True, slots=True)
class Join:
    """The peers of two calls are to speak with each other instead (REFER with Replaces)."""

    call: str
    other: str


@dataclass(frozen=True, slots=True)
class ToPeer:
    """20 ms of sound at the rate of the call."""

    call: str
    samples: Samples


@dataclass(frozen=True, slots=True)
class FallSilent:
    """What was sent for the peer and is not on its way yet is not to be heard."""

    call: str


@dataclass(frozen=True, slots=True)
class StackReady:
    """The stack listens."""


@dataclass(frozen=True, slots=True)
class StackFailed:
    """It cannot be opened. The process ends."""

    message: str
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    is_so: bool
    said: str
    """What the registrar has said: "200 OK", "401 Unauthorized"; else why it was not heard."""

    @property
    def was_heard(self) -> bool:
        """Whether the registrar itself has said it."""
        return self.said[:3].isdigit()


@dataclass(frozen=True, slots=True)
class Ringing:
    call: str
    caller: str
    """A URI, as the caller gives it: anybody can claim to be anybody."""
    address: str
    """The IP address that it came from."""
    headers: tuple[str, ...] = ()
    """The lines of its INVITE ("From: ..."), but for credentials."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A call that was turned away, as the settings want."""

    caller: str
    address: str
    why: str


@dataclass(frozen=True, slots=True)
class PickedUp:
    call: str
    codec: str
    """Its name in SDP ("PCMA"); "" where that is not known."""


@dataclass(frozen=True, slots=True)
class FromPeer:
    call: str
    rate_hz: int
    room: int
    """The frames of 20 ms that may be sent now: what was sent before has become as little."""
    samples: Samples
    """May be none."""
    lost: int = 0
    """The frames of 20 ms that were lost before these samples."""


@dataclass(frozen=True, slots=True)
class Pressed:
    call: str
    digit: str
    """One of 0-9, A-D, * and #."""


@dataclass(frozen=True, slots=True)
class OnHold:
    call: str
    on: bool


@dataclass(frozen=True, slots=True)
class Transferred:
    """What came of a transfer. Where it is done the call ends; else it goes on."""

    call: str
    is_done: bool
    said: str
    """Why not, as the peer or the stack says."""


@dataclass(frozen=True, slots=True)
class HungUp:
    call: str
    why: str
    """"" if it ended as calls do; what the stack says else."""
    figures: Json
    """`lost` and `received` packets, `jitter_ms`, `mos`, as far as they are known."""


@dataclass(frozen=True, slots=True)
class Alive:
    """The process goes on."""


Order = PickUp | HangUp | Dial | PutOnHold | Transfer | Join | ToPeer | FallSilent
OfCall = PickedUp | FromPeer | Pressed | OnHold | Transferred | HungUp
"""What is told of one call, behind Ringing or Dial."""
News = StackReady | StackFailed | Registered | Ringing | Refused | OfCall | Alive

KINDS: dict[str, Callable[..., Any]] = {
    kind.__name__: kind
    for kind in (
        StackSetup, PickUp, HangUp, Dial, PutOnHold, Transfer, Join, ToPeer, FallSilent, StackReady, StackFailed,
        Registered, Ringing, Refused, PickedUp, FromPeer, Pressed, OnHold, Transferred, HungUp, Alive,
    )
}  # fmt: skip


def packed(message: StackSetup | Order | News) -> Packet:
    """The packet of a message."""
    told = {each.name: getattr(message, each.name) for each in fields(message) if each.name != "samples"}
    return Packet({"type": type(message).__name__, **told}, getattr(message, "samples", None))


def unpacked(packet: Packet) -> StackSetup | Order | News:
    """The message of a packet. Raises EOFError for what is none: the other end has gone mad."""
    told = {name: tuple(value) if isinstance(value, list) else value for name, value in packet.fields.items()}
    kind = KINDS.get(str(told.pop("type", "")))
    if packet.samples is not None:
        told["samples"] = packet.samples
    try:
        if kind is None:
            raise TypeError
        message: StackSetup | Order | News = kind(**told)
        return message
    except TypeError as error:
        raise EOFError from error
