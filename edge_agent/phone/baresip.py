"""Baresip: the SIP stack itself, through the package baresip-python. Runs in the SIP process alone (process.py).

What is odd about it, and what is done about that:

- it takes calls from anybody, and does not tell where they come from: its trace of messages does (trace.py);
- it takes sound from anybody, too: the kernel lets in that of the peer alone (shield.py);
- it refuses with 486 alone, rings for bodies that nobody understands, asks no caller for a password, and lets whoever
  picks up second wait: its C library can do better (native.py);
- it holds what comes in back for the rest of a call in which something was late: it gets it in order (packets.py);
- its sound is asked for, not brought: `pump` looks each 10 ms (sound.py), and who brings it a packet says so;
- it sends a re-INVITE of its own 100 ms after it has answered, which restarts its sound: a look more is all it takes;
- what happens to a call before `dial` has returned, it does not tell that call: `_early` keeps it;
- it is one thread that cannot be started again: when that dies, the process ends, and another takes its place.

The package is installed where a phone is wanted and nowhere else, so that its types are not asked for.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from edge_agent.phone import opening, timers
from edge_agent.phone.handover import HANDED_OVER, Handover, said_by
from edge_agent.phone.messages import (
    HungUp,
    News,
    OnHold,
    Refused,
    Registered,
    Ringing,
    StackSetup,
    Transferred,
)
from edge_agent.phone.native import Native, reason
from edge_agent.phone.numbers import turned_away
from edge_agent.phone.opening import NoSip, accounts, check_address, config, read_logs
from edge_agent.phone.packets import Packets
from edge_agent.phone.silent import NO_SOUND, PeerSound
from edge_agent.phone.sound import TICK_S, CallSound
from edge_agent.phone.trace import Traced
from edge_agent.types import Samples

TRACE_S = 2.0
"""The trace of a call may come so much later than the call: it has a thread of its own."""
LOOK_S = 1.0
UNSET = "edge-agent config unset phone.caller_user"
Tell = Callable[[News], object]


@dataclass(slots=True)
class _Running:
    call: Any
    """baresip.Call."""
    sound: CallSound
    established: bool = False
    early: bool = False
    """Whether sound may come before the other side picks up."""
    peer: PeerSound = field(default_factory=PeerSound)
    why: str = ""
    """Why we end it, where that is no usual end."""


class BaresipStack:
    """All methods are called on the loop that has made it."""

    def __init__(self, setup: StackSetup, tell: Tell) -> None:
        self._setup, self._tell = setup, tell
        self._baresip: Any = importlib.import_module("baresip")
        self._calls: dict[str, _Running] = {}
        self._names: dict[int, str] = {}
        """The names of the calls by the stack's number of them."""
        self._early: dict[int, list[Any]] = {}
        """What happened to a call before it had a name: whoever answers on this machine is faster than `dial`."""
        self._messages, self._native = Traced(), Native()
        self._packets, self._loop = Packets(self._native, self._arrived), asyncio.get_running_loop()
        self._messages.send = self._native.send
        self.handover = Handover(self._baresip, self._call, tell)
        self._picks_up = asyncio.Lock()
        self._next = 0

    async def open(self) -> None:
        """Listens. Raises NoSip. Registers in the background, if it is to; says what came of it."""
        setup, baresip = self._setup, self._baresip
        check_address(setup.host, setup.port)
        read_logs(self._messages)
        self._runtime = baresip.Runtime()
        self._runtime.subscribe(self._on_event)
        try:
            await self._runtime.start(config(baresip, setup, ordered=self._native.library is not None))
            self._admit()
            agents = [
                await baresip.UserAgent.create(self._runtime, each, transfer_policy="reject")
                for each in accounts(baresip, setup)
            ]
        except (baresip.BaresipError, ValueError, OSError) as error:
            raise NoSip(f"The phone cannot be opened at {setup.host}:{setup.port} ({error}).") from None
        self._native.keep_time()
        self._agent = agents[0]
        for agent in agents:
            agent.on_incoming(lambda call: self._later(self._on_incoming(call)))

    def _admit(self) -> None:
        """Calls are looked at before they ring. Raises NoSip where callers cannot be asked for the password."""
        asks = bool(self._setup.caller_user)
        if not self._native.admit(self._setup.most_calls, asks=asks) and asks:
            raise NoSip("This SIP stack cannot ask callers for a password.", fix=f"{UNSET}  # or: {opening.INSTALL}")

    async def register(self) -> None:
        """Asks the registrar once; the stack goes on by itself. What comes of it is told."""
        if self._setup.registers:
            try:
                await self._agent.register()
            except self._baresip.BaresipError as error:
                self._tell(Registered(False, said_by(error)))

    async def pick_up(self, call: str) -> None:
        if running := self._calls.get(call):
            call_id = running.call.call_id or ""
            head = "\n".join(self._messages.headers.get(call_id, ()))
            async with self._picks_up:
                with self._native.saying(call_id, timers.answer(head)):
                    await self._try(call, "answer")

    async def hang_up(self, call: str, status: int = 0) -> None:
        """`status`: what a call that rings is refused with, "busy" (486) if 0 or if nothing else is possible."""
        running = self._calls.get(call)
        if status and running and not running.established:
            self._native.refuse(running.call.call_id or "", status, reason(status))
        await self._try(call, "hangup")

    async def dial(self, name: str, uri: str) -> None:
        try:
            call = await self._agent.dial(self.whole(uri))
        except (self._baresip.BaresipError, ValueError) as error:
            self._tell(HungUp(name, str(error), {}))
        else:
            self._begin(name, call)

    def play(self, name: str, samples: Samples) -> None:
        """20 ms of sound, at the rate of the call."""
        if running := self._calls.get(name):
            running.sound.play(samples)

    def hush(self, name: str) -> None:
        """What was to be played and is not on its way yet is not heard."""
        if running := self._calls.get(name):
            running.sound.hush()

    async def pump(self) -> None:
        """Brings the sound of all calls, for ever."""
        while True:
            await asyncio.sleep(TICK_S)
            for running in list(self._calls.values()):
                if running.established:
                    running.sound.look()
                elif running.early:
                    running.sound.look_early()

    def _arrived(self, call_id: str) -> None:
        """Sound has come, which need not wait for the next look. Runs in the stack's thread."""
        with suppress(RuntimeError):  # the loop is closed: so is all of this
            self._loop.call_soon_threadsafe(self._look, call_id)

    def _look(self, call_id: str) -> None:
        for running in list(self._calls.values()):
            if running.established and running.call.call_id == call_id:
                running.peer.came(self._loop.time())
                running.sound.look()

    async def keep(self) -> None:
        """Refreshes calls whose time would be over, and ends those that the other side has not refreshed, or of which
        no sound comes any more, for ever."""
        while True:
            await asyncio.sleep(LOOK_S)
            await self._leave_silent(self._loop.time())
            for call_id, timer, due in self._messages.timers.due(self._loop.time()):
                names = [name for name, each in self._calls.items() if each.call.call_id == call_id]
                if due == "end" and names:
                    await self.hang_up(names[0])
                else:
                    self._native.refresh(call_id, timer.head if due == "update" else "")

    async def _leave_silent(self, now: float) -> None:
        for name, each in list(self._calls.items()):
            rests = each.call.is_on_hold or each.call.remote_on_hold or self._packets.rests(each.call.call_id or "")
            if each.established and self._native.library and each.peer.is_over(now, rests=rests):
                each.why = NO_SOUND
                await self.hang_up(name)

    async def close(self) -> None:
        """Hangs up, gives the registration back."""
        for name in list(self._calls):
            await self.hang_up(name)
        if self._setup.registers:
            with suppress(self._baresip.BaresipError):
                await self._agent.unregister(timeout=2.0)

    # --- calls ------------------------------------------------------------------------------------------------------

    async def _on_incoming(self, call: Any) -> None:
        address = await self._address_of(call)
        allow = (*self._setup.allow, *self._messages.registrars)
        caller = str(call.peer or "")
        if why := turned_away(caller, address, allow, self._setup.callers):
            self._tell(Refused(caller, address, why))
            with suppress(self._baresip.BaresipError):  # the caller was faster
                await call.reject()
            return self._messages.forget(call.call_id or "")
        self._next += 1
        name = f"in{self._next}"
        self._begin(name, call)
        self._tell(Ringing(name, caller, address, self._messages.headers.get(call.call_id or "", ())))

    async def _address_of(self, call: Any) -> str:
        """Where a call comes from; "" if the trace does not tell in time."""
        for _ in range(round(TRACE_S / TICK_S)):
            if address := self._messages.callers.get(call.call_id or ""):
                return address
            await asyncio.sleep(TICK_S)
        return ""

    def _call(self, name: str) -> Any:
        running = self._calls.get(name)
        return running.call if running else None

    def whole(self, uri: str) -> str:
        """A number with the registrar behind it; a URI of SIP as it is."""
        return uri if uri.startswith("sip") else f"sip:{uri.removeprefix('tel:')}@{self._setup.domain}"

    def _begin(self, name: str, call: Any) -> None:
        sound = CallSound(
            name, call, self._messages, self._native, self._packets, self._baresip.BaresipError, self._tell
        )
        self._calls[name] = _Running(call, sound)
        self._names[call.handle] = name
        for event in self._early.pop(call.handle, ()):
            call._on_stack_event(event)  # the library missed it too: such a call could not be handed over
            self._on_call(name, event)

    async def _try(self, name: str, method: str) -> None:
        """What is asked of a call that may be over by now."""
        if running := self._calls.get(name):
            try:
                await getattr(running.call, method)()
            except self._baresip.BaresipError as error:
                self._end(name, str(error))

    def _on_call(self, name: str, event: Any) -> None:
        kind = event.event.name
        if kind == "CALL_ESTABLISHED" and name in self._calls:
            self._calls[name].established = True
        elif kind == "CALL_PROGRESS" and name in self._calls:
            self._calls[name].early = True
        elif kind == "CALL_DTMF_START" and event.text:
            if name in self._calls:
                self._calls[name].sound.press(str(event.text)[0].upper())
        elif kind in ("CALL_HOLD", "CALL_RESUME"):
            self._tell(OnHold(name, kind == "CALL_HOLD"))
        elif kind == "CALL_CLOSED":
            if event.text == HANDED_OVER:
                self._tell(Transferred(name, True, ""))
            why = "" if event.text in _AS_USUAL else str(event.text)
            asyncio.get_running_loop().call_soon(self._end, name, why)  # then the call has its figures

    def _end(self, name: str, why: str) -> None:
        if running := self._calls.pop(name, None):
            self._names.pop(running.call.handle, None)
            self._messages.forget(running.call.call_id or "")
            self._packets.forget(running.call.call_id or "")
            self._tell(HungUp(name, running.why or why, running.sound.figures()))

    # --- the stack --------------------------------------------------------------------------------------------------

    def _on_event(self, event: Any) -> None:
        kind = event.event.name
        if kind in ("REGISTER_OK", "REGISTER_FAIL"):
            self._tell(Registered(kind == "REGISTER_OK", str(event.text or "")))
        if name := self._names.get(event.call):
            self._on_call(name, event)
        elif event.call:
            self._early.setdefault(event.call, []).append(event)
        if len(self._early) > MOST_EARLY:
            del self._early[next(iter(self._early))]

    def _later(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)


_tasks: set[asyncio.Task[None]] = set()
_AS_USUAL = (None, "", "Connection reset by peer [104]", "Rejected by user", HANDED_OVER)
"""What the stack says of a call that either side has hung up."""
MOST_EARLY = 50
"""Calls that may have no name at the same time: floods are forgotten."""
