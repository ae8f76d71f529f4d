"""SipStack: the SIP process as the agent sees it: started, watched, replaced when it dies; its calls as lines."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Sequence
from tempfile import TemporaryDirectory

from edge_agent.clock import Clock
from edge_agent.errors import EdgeAgentError
from edge_agent.phone.line import SipLine
from edge_agent.phone.messages import (
    Dial,
    FromPeer,
    HungUp,
    OnHold,
    Order,
    PickedUp,
    Pressed,
    Refused,
    Registered,
    Ringing,
    StackFailed,
    StackReady,
    StackSetup,
    Transferred,
    packed,
    unpacked,
)
from edge_agent.phone.numbers import masked
from edge_agent.workers.child import Child
from edge_agent.workers.packet import Connection

log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-m", "edge_agent.phone.process")
OPEN_S = 20.0
"""The stack has so long to open."""
HANGS_S = 10.0
"""A process that has told nothing for so long is replaced. It tells that it is alive each 2 s."""
END_S = 4.0
"""A process has so long to hang up and to give its registration back."""
SEND_S = 1.0
"""A process that takes nothing for so long hangs."""
PAUSES_S = (0.0, 0.1, 2.0, 10.0, 30.0)
"""Pauses before another takes its place: by how many in a row did not last, the last for ever."""
REFUSED_S = 10.0
"""A call that was turned away is said in the log at most so often; all are counted."""
SETTLED_S = 10.0
"""A process that has lasted so long is replaced at once."""


class PhoneError(EdgeAgentError):
    """There is no phone, or it cannot be used so."""


class SipStack:
    """Has a thread of its own, which brings all news; what is told there must not wait."""

    def __init__(
        self,
        setup: StackSetup,
        on_ring: Callable[[SipLine], object],
        clock: Clock,
        rate_hz: int,
        *,
        on_registered: Callable[[Registered], object] = lambda news: None,
        command: Sequence[str] = COMMAND,
    ) -> None:
        """`on_ring` is given each call that comes in; `rate_hz` is the voice's; `command`: another process, for
        tests."""
        self._setup, self._on_ring, self._on_registered = setup, on_ring, on_registered
        self._clock, self._rate_hz, self._command = clock, rate_hz, list(command)
        self.lost = 0
        """Processes that have died, or hung."""
        self.lost_calls = 0
        """Calls that went with them."""
        self.refused = 0
        """Calls that were turned away."""
        self._quiet_until_s = -REFUSED_S
        self._lines: dict[str, SipLine] = {}
        self._dialed = 0
        self._child: Child | None = None
        self._out: Connection | None = None
        self._ready = threading.Event()
        """The first process listens, or cannot."""
        self._failure: EdgeAgentError | None = None
        self._is_open = False
        self._over = threading.Event()
        self._guard = threading.Lock()
        self._thread = threading.Thread(target=self._supervise, name="sip", daemon=True)

    @property
    def calls(self) -> int:
        """The calls that ring or go on."""
        return len(self._lines)

    @property
    def pid(self) -> int | None:
        child = self._child
        return child.pid if child else None

    def open(self) -> None:
        """Returns when it listens. Raises PhoneError where it cannot."""
        self._thread.start()
        if not self._ready.wait(OPEN_S) or self._failure:
            failure = self._failure
            self.close()
            raise failure or PhoneError("The phone could not be opened in time.")

    def dial(self, uri: str) -> SipLine:
        """Calls a URI, or a number by way of the registrar."""
        self._dialed += 1
        line = self._line(f"out{self._dialed}", uri, outgoing=True)
        self._tell(Dial(line.call, uri))
        return line

    def close(self) -> None:
        """Hangs up, gives the registration back, ends the process. Several times is as good as once."""
        self._over.set()
        with self._guard:
            child, out, self._out = self._child, self._out, None  # whoever tells it something now is too late
            if out:
                out.finish()
                out.close()
        if child and not child.ends_within(END_S):
            child.kill()
        if self._thread.is_alive():
            self._thread.join()

    # --- in its thread ----------------------------------------------------------------------------------------------

    def _supervise(self) -> None:
        failures = 0
        while not self._over.wait(PAUSES_S[min(failures, len(PAUSES_S) - 1)]):
            self._is_open, begun_s = False, self._clock.now()
            try:
                self._serve_one()
            except (OSError, EdgeAgentError) as error:
                self._fail(error)
            failures = 0 if self._is_open and self._clock.now() - begun_s > SETTLED_S else failures + 1
            if self._is_open and not self._over.is_set():
                self.lost += 1
                self.lost_calls += self.calls
                log.warning("The SIP process was lost, and %d calls with it; another takes its place.", self.calls)
            for line in list(self._lines.values()):
                line.lose()
            self._lines.clear()

    def _serve_one(self) -> None:
        """One process, from its start to its end. Raises OSError or PhoneError where it did not open."""
        with TemporaryDirectory(prefix="edge-agent-phone-") as folder:
            # Threads of numpy's own would go free of the sandbox.
            self._serve(Child(self._command, TMPDIR=folder, OPENBLAS_NUM_THREADS="1"))

    def _serve(self, child: Child) -> None:
        with self._guard:
            self._child, self._out = child, child.connection.another()
            self._out.send(packed(self._setup))
        try:
            while True:
                news = unpacked(child.connection.receive(HANGS_S if self._is_open else OPEN_S))
                try:
                    self._take(news)
                except Exception:  # without this thread there would be no phone
                    log.exception("What the SIP process told could not be used.")
        except TimeoutError:
            child.kill_hung()
        except (EOFError, OSError):
            pass
        finally:
            with self._guard:
                if self._out:
                    self._out.close()
                self._child = self._out = None
            if not self._over.is_set():
                child.end()
            why, said = child.bury()
            (log.warning if said else log.info)("The SIP process ended (%s). It said: %s", why, said)
        if not self._is_open:
            raise self._failure or PhoneError(f"The SIP process ends before it listens ({why}).")

    def _take(self, news: object) -> None:
        match news:
            case StackReady():
                self._is_open, self._failure = True, None
                self._ready.set()
            case StackFailed(message, fix):
                self._failure = PhoneError(message, fix=fix)
            case Registered():
                self._on_registered(news)
            case Refused(caller, address, why):
                self.refused += 1
                if self._clock.now() >= self._quiet_until_s:  # whoever floods us does not flood the log
                    self._quiet_until_s = self._clock.now() + REFUSED_S
                    log.warning("A call of %s from %s was turned away: %s.", masked(caller), address or "nowhere", why)
            case Ringing(call, caller, headers=headers):
                ringing = self._line(call, caller, outgoing=False)
                ringing.headers = headers
                self._on_ring(ringing)
            case PickedUp() | FromPeer() | Pressed() | OnHold() | Transferred() | HungUp():
                line = self._lines.get(news.call)
                if isinstance(news, HungUp):
                    self._lines.pop(news.call, None)
                if line:
                    line.take(news)

    def _fail(self, error: Exception) -> None:
        if self._ready.is_set():
            log.warning("The phone cannot be opened again yet: %s", error)
        self._failure = error if isinstance(error, EdgeAgentError) else PhoneError(f"The SIP process: {error}.")
        self._ready.set()

    def _line(self, call: str, caller: str, *, outgoing: bool) -> SipLine:
        line = SipLine(call, caller, self._tell, self._clock, self._rate_hz, outgoing=outgoing)
        self._lines[call] = line
        return line

    def _tell(self, order: Order) -> None:
        """Asks the process, if it is there. What is said to one that has just died is lost with it."""
        with self._guard:
            if self._out and self._child:
                try:
                    self._out.send(packed(order), SEND_S)
                except (OSError, EOFError):
                    self._child.kill()  # who reads notices its end
