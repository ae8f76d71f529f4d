"""The door for telephones: calls over SIP, each with an agent of its own."""

from __future__ import annotations

import json
import logging
import os
import re
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from edge_agent import build_act, build_tools
from edge_agent.act.act import Act
from edge_agent.clock import RealClock
from edge_agent.doors.device_line import DeviceLines
from edge_agent.doors.microphone import tell
from edge_agent.doors.phone_call import Announce, CallKit, PhoneCall
from edge_agent.errors import ConfigError
from edge_agent.host.host import Host
from edge_agent.lines.echo import INSTALL, against_echo, is_installed
from edge_agent.phone import opening
from edge_agent.phone.errands import Errands
from edge_agent.phone.line import SipLine
from edge_agent.phone.messages import Registered
from edge_agent.phone.notes import Notes
from edge_agent.phone.numbers import masked
from edge_agent.phone.record import CallRecord, CallRecords
from edge_agent.phone.sayings import Sayings, rendered
from edge_agent.phone.setup import setup_of
from edge_agent.phone.stack import SipStack
from edge_agent.phone.switchboard import Switchboard
from edge_agent.run.threads import Conversation
from edge_agent.settings import Settings
from edge_agent.state import runtime_dir, state_dir, write_whole
from edge_agent.words import words_of
from edge_agent.words.calls import call_words

log = logging.getLogger(__name__)

FILE = "phone.json"
"""What `edge-agent phone status` reads of a phone that runs."""


@dataclass(frozen=True, slots=True)
class PhoneStatus:
    pid: int
    listen: str
    account: str
    registered: str
    """"" while it is not; what the registrar has said."""
    is_registered: bool
    calls: int
    lost_processes: int
    lost_calls: int
    refused: int


ENDS = {
    "caller": "they hung up",
    "agent": "we hung up",
    "transferred": "put through",
    "silence": "nobody spoke",
    "too long": "longer than phone.max_minutes",
    "busy": "told that it is busy",
    "rejected": "rejected by the program",
    "not answered": "not picked up",
    "no sound": "no sound came any more",
    "lost": "the SIP process died",
    "failed": "broken off, as the log says",
}
"""How a call ended, for people."""


class PhoneDoor:
    name = "phone"

    def __init__(self, settings: Settings) -> None:
        """Raises NoSip without the package, ConfigError for a password that is not there."""
        opening.check()
        if settings.phone.echo == "on" and not is_installed():
            raise ConfigError("phone.echo = on needs the package pywebrtc-audio, which is not installed.", fix=INSTALL)
        self._settings, self._own = settings, settings.phone
        self._setup = replace(setup_of(settings.phone), sandbox=settings.engines.sandbox)
        self.announce: Announce | None = None
        """Offers each call to programs first, where `phone.webhook` is set: the server's."""
        self._over = threading.Event()
        self._stack: SipStack | None = None
        self._threads: set[threading.Thread] = set()
        self._calls, self._notes = CallRecords(state_dir()), Notes(state_dir())
        self._held: set[SipLine] = set()
        """The calls that go on."""
        self._registered = Registered(False, "")

    def run(self, host: Host) -> None:
        """Takes calls until `goodbye`. Raises EdgeAgentError where it cannot."""
        if self._own.webhook and self.announce is None:
            raise ConfigError(
                "With phone.webhook programs answer the calls, by way of the server.",
                fix="edge-agent serve --door phone, or without programs: edge-agent config set phone.webhook ''",
            )
        with self.opened(host):
            self._over.wait()

    def goodbye(self) -> None:
        self._over.set()

    @contextmanager
    def opened(self, host: Host) -> Iterator[None]:
        """Calls are taken until the end of the block. Raises EdgeAgentError where they cannot be."""
        with ExitStack() as tools:
            trusts = self._own.skills == "all"
            toolbox = tools.enter_context(closing(build_tools.toolbox(self._settings))) if trusts else None
            self._lines = DeviceLines(self._settings, host, toolbox)
            self._lines.warm_up(self._act())
            sayings = self._said(host)
            stack = self._stack = SipStack(
                self._setup, self._on_ring, RealClock(), host.rate_hz, on_registered=self._on_registered
            )
            switchboard = Switchboard(stack.dial, sayings.announced, asks=self._own.transfer == "attended")
            self._kit = CallKit(sayings, self._own, self._lines.language, switchboard, self._notes)
            stack.open()
            tell(f"Phone: calls are taken at sip:{self._setup.user}@{self._own.listen}.")
            self._note()
            try:
                yield
            finally:
                stack.close()
                for thread in list(self._threads):
                    thread.join()
                with suppress(OSError):
                    _status_file().unlink(missing_ok=True)

    def dial(self, uri: str) -> CallRecord:
        """Calls somebody, and holds the call to its end."""
        assert self._stack
        line = self._stack.dial(uri)
        self._held.add(line)
        return self._hold(line)

    # --- calls ------------------------------------------------------------------------------------------------------

    def _on_ring(self, line: SipLine) -> None:
        """Runs in the stack's thread."""
        is_free = sum(not each.over.is_set() for each in set(self._held)) < self._own.max_calls
        if is_free:
            self._held.add(line)
        thread = threading.Thread(
            target=self._hold if is_free else self._turn_away, args=(line,), name=f"call {line.call}", daemon=True
        )
        self._threads.add(thread)
        thread.start()

    def _hold(self, line: SipLine) -> CallRecord:
        log.info("A call of %s.", masked(line.caller))
        self._note()
        try:
            record = self._answered(PhoneCall(line, self._kit))
        finally:
            self._held.discard(line)
            self._threads.discard(threading.current_thread())
        self._keep(record)
        return record

    def _answered(self, call: PhoneCall) -> CallRecord:
        """Holds a call to its end: a program does, or the agent."""
        if self._own.webhook and not call.line.outgoing:
            if self.announce and (record := call.offer(self.announce)):
                return record
            if self._own.webhook_else == "busy":
                return call.turn_away()
        return call.run(self._converse)

    def _converse(self, line: SipLine, windows: PhoneCall) -> AbstractContextManager[Conversation]:
        heard = against_echo(line, self._own.echo, microphone=None, on_status=log.info)
        if self._own.agent:
            return self._lines.converse(heard, windows, told=False, act=self._desk(self._own.agent, windows))
        act = self._act()
        errands = Errands(self._own.numbers, call_words(self._lines.voice_language), act.reads_yes, windows)
        act.first, windows.on_failed_transfer = errands.plan, errands.offer_message
        return self._lines.converse(heard, windows, told=False, act=act)

    def _desk(self, folder: Path, call: PhoneCall) -> Act:
        """The owner's agent, which may have the caller put through, and end the call."""

        def on_effect(effect: dict[str, object]) -> None:
            if effect["type"] in ("handoff", "urgent") and effect.get("number"):
                call.put_through(dialled(str(effect["number"])))
            elif effect["type"] == "end":
                call.end()

        return build_act.desk(self._settings, folder, greets=False, on_effect=on_effect, caller=call.number)

    def _act(self) -> Act:
        """What code does for a caller."""
        if self._own.agent:
            return build_act.desk(self._settings, self._own.agent, greets=False)
        return self._lines.own() if self._own.skills == "all" else build_act.guest(self._settings)

    def _turn_away(self, line: SipLine) -> None:
        self._keep(PhoneCall(line, self._kit).turn_away())
        self._threads.discard(threading.current_thread())

    def _keep(self, record: CallRecord) -> None:
        self._calls.add(record)
        tell(f"Phone: {told(record)}")
        self._note()

    def _said(self, host: Host) -> Sayings:
        language, own = self._lines.voice_language, self._own
        words, of_calls = words_of(language), call_words(language)
        first = own.greeting or (build_act.greeting(own.agent) if own.agent else words.picked_up)
        greeting = " ".join([of_calls.recorded] * own.record_consent + [first])
        texts = (greeting, words.still_there, words.goodbye, own.busy or "", of_calls.no_answer, of_calls.announced)
        return Sayings(*(rendered(host, text) for text in texts))

    def _on_registered(self, news: Registered) -> None:
        changed, self._registered = news != self._registered, news
        if changed:
            done = "registered at" if news.is_so else "is NOT registered at"
            tell(f"Phone: {done} {self._setup.domain} ({news.said}).")
        self._note()

    def _note(self) -> None:
        """Leaves what `edge-agent phone status` tells."""
        stack, own = self._stack, self._own
        if stack is None or self._over.is_set():
            return
        status = PhoneStatus(
            os.getpid(), own.listen, masked(own.account or ""), self._registered.said, self._registered.is_so,
            stack.calls, stack.lost, stack.lost_calls, stack.refused,
        )  # fmt: skip
        with suppress(OSError):
            _status_file().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(_status_file(), json.dumps(asdict(status)))


def told(record: CallRecord) -> str:
    """Makes a line for people of a record."""
    way = "called" if record.outgoing else "a call of"
    heard = f", {record.codec or 'codec unknown'}, {record.lost:.1%} lost" if record.seconds else ""
    turns = f"{record.turns} turn{'s' * (record.turns != 1)}"
    return f"{way} {record.who}, {record.seconds:.0f} s, {turns}{heard}; {ENDS.get(record.ended, record.ended)}."


def dialled(number: str) -> str:
    """A number as it is dialled: without blanks, where it is no address."""
    return number if ":" in number else re.sub(r"[^\d+*#]", "", number)


def read_status() -> PhoneStatus | None:
    """That of the phone that runs, if one does."""
    try:
        status = PhoneStatus(**json.loads(_status_file().read_text(encoding="utf-8")))
        os.kill(status.pid, 0)
    except (OSError, ValueError, TypeError):
        return None
    return status


def _status_file() -> Path:
    return runtime_dir() / FILE
