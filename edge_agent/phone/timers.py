"""Timers: session timers (RFC 4028): who refreshes a call, when it is to be refreshed, and when it is over without.

A call may end unseen by a proxy on the way, or by a peer that is gone; what is refreshed is alive. The stack knows
nothing of it: what was agreed is read in its messages, and what follows is asked of its library. Its own changes of a
call, and its answers to those of the peer, do not speak of the timer, which ends it: so it is agreed anew behind them,
by an UPDATE, where the peer knows that. Pure: messages and the time in, what is to be done out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

LEAST_S = 90
"""A peer that wants less is told so (422): the least that the RFC allows."""
MOST = 500
"""Calls of which something is known, of a flood the last."""
AHEAD_S = 32.0
"""A call that nobody has refreshed is over so long before its interval is, or a third of it."""
_INTERVAL = re.compile(r"^(?:session-expires|x)\s*:\s*(\d{1,9})(?:.*?;\s*refresher\s*=\s*(ua[cs]))?", re.I | re.M)
_EXTENSIONS = re.compile(r"^(?:supported|require|k)\s*:\s*(.+?)\s*$", re.I | re.M)
_ALLOW = re.compile(r"^allow\s*:.*\bUPDATE\b", re.I | re.M)
_CONTACT = re.compile(r"^(?:contact|m)\s*:\s*(.+?)\s*$", re.I | re.M)
DueStep = Literal["update", "invite", "end"]
"""What is to be done with a call: refresh it by UPDATE or, where the peer does not know that, by a re-INVITE; or end
it."""


@dataclass(frozen=True, slots=True)
class Interval:
    """What a message says of the timer."""

    seconds: int
    refresher: str = ""
    """"uac" or "uas", as the sender of the request or the other; "" where it leaves that to the other side."""


@dataclass(frozen=True, slots=True)
class SessionTimer:
    """The timer of a call that goes on."""

    seconds: int
    is_ours: bool
    """Whether we refresh it."""
    since_s: float
    contact: str
    """Our own, as the peer knows it."""
    knows_update: bool
    is_agreed: bool = True
    """False after a change that did not speak of it."""
    asked_s: float = -1.0
    """When we have refreshed it and heard nothing since; -1 if that is not so."""

    def due(self, now: float) -> DueStep | None:
        """What is to be done."""
        gone_s = now - self.since_s
        if gone_s >= self.seconds - min(AHEAD_S, self.seconds / 3):
            return "end"
        if self.asked_s >= 0 or (self.is_agreed and not (self.is_ours and gone_s >= self.seconds / 2)):
            return None
        return "update" if self.knows_update else "invite"

    @property
    def head(self) -> str:
        """The lines of an UPDATE that refreshes it."""
        session = f"Session-Expires: {self.seconds};refresher={'uac' if self.is_ours else 'uas'}"
        lines = (f"Contact: {self.contact}", "Supported: timer", session, "Content-Length: 0", "", "")
        return "\r\n".join(lines)


def interval(text: str) -> Interval | None:
    """What the head of a message says; None if nothing."""
    found = _INTERVAL.search(text)
    return Interval(int(found[1]), (found[2] or "").lower()) if found else None


def answer(invite: str) -> str:
    """The lines that a call is picked up with, by the head of its INVITE, behind the list of what we support; "" where
    it wants no timer. A caller that can refresh it does so, unless it wants us to."""
    if (wanted := interval(invite)) is None:
        return ""
    can = any("timer" in each for each in _EXTENSIONS.findall(invite.lower()))
    refresher = (wanted.refresher or "uac") if can else "uas"
    requires = "\r\nRequire: timer" if refresher == "uac" else ""
    return f"timer{requires}\r\nSession-Expires: {max(LEAST_S, wanted.seconds)};refresher={refresher}"


class SessionTimers:
    """The timers of all calls, by Call-ID."""

    def __init__(self) -> None:
        self.running: dict[str, SessionTimer] = {}
        self._contacts: dict[str, str] = {}
        """Our own."""
        self._know_update: dict[str, bool] = {}

    def take(self, call_id: str, head: str, now: float, *, sent: bool, method: str, status: int) -> None:
        """A message of a call. `method`: of the request, or of that which is answered; `status`: 0 of a request."""
        if method not in ("INVITE", "UPDATE"):
            return
        if sent and (contact := _CONTACT.search(head)):
            self._contacts[call_id] = contact[1]
        if not sent and _ALLOW.search(head):
            self._know_update[call_id] = True
        for known in (self._contacts, self._know_update):
            if len(known) > MOST:
                del known[next(iter(known))]
        if 200 <= status < 300:
            self._agree(call_id, interval(head), now, sent=sent, method=method)

    def _agree(self, call_id: str, agreed: Interval | None, now: float, *, sent: bool, method: str) -> None:
        was = self.running.get(call_id)
        knows_update = call_id in self._know_update or bool(was and was.knows_update)
        again = knows_update and (sent or method != "UPDATE")  # not, where the answer is to ours, which speaks of it
        if agreed:
            is_ours, contact = (
                (agreed.refresher == "uas") is sent,
                self._contacts.get(call_id, was.contact if was else ""),
            )
            self.running[call_id] = SessionTimer(agreed.seconds, is_ours, now, contact, knows_update)
        elif was and (was.is_ours or again):
            self.running[call_id] = replace(was, since_s=now, is_agreed=not again, asked_s=-1.0)
        else:  # the peer has no timer, or no longer: nobody is to end the call for it
            self.running.pop(call_id, None)

    def due(self, now: float) -> Sequence[tuple[str, SessionTimer, DueStep]]:
        """What is to be done now, with which calls; each is said once."""
        found = [(call_id, timer, due) for call_id, timer in list(self.running.items()) if (due := timer.due(now))]
        for call_id, timer, due in found:
            if due == "end":
                self.forget(call_id)
            else:
                self.running[call_id] = replace(timer, asked_s=now)
        return found

    def forget(self, call_id: str) -> None:
        """The call is over."""
        self.running.pop(call_id, None)
        self._contacts.pop(call_id, None)
        self._know_update.pop(call_id, None)
