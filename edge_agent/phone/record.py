"""Record: what is kept of a call: when, how well it was heard, how it ended; a line each. Not what was said."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from threading import Lock

from edge_agent.state import write_whole

log = logging.getLogger(__name__)

FILE = "calls.jsonl"
KEPT = 500
"""The last calls that are kept."""


@dataclass(frozen=True, slots=True)
class CallRecord:
    at: str
    """When it rang, or was dialed: ISO 8601 with its offset."""
    who: str
    """The other side, of whose number the last digits are kept."""
    outgoing: bool
    seconds: float
    """The time since it was picked up; 0 if it never was."""
    codec: str
    turns: int
    """Times that the caller has said something, or entered a number."""
    ended: str
    """"caller" or "agent" hung up, "transferred", "silence", "too long", "busy", "rejected" (by a program), "not
    answered", "no sound" (nothing came of the other side any more), "lost" (the SIP process has died), "failed"."""
    lost: float
    """The share of the peer's packets that never came."""
    jitter_ms: float
    mos: float
    """The stack's estimate of how good the sound was, 1 to 5; 0 where it has none."""
    v2v_ms: tuple[int, ...] = ()
    """The time from the end of what the caller said to the first sound of the answer: the 50th and the 95th percentile
    of the call's answers; empty if there was none."""


class CallRecords:
    """The records in a folder, the newest last."""

    def __init__(self, folder: Path) -> None:
        self._file, self._lock = folder / FILE, Lock()

    def add(self, record: CallRecord) -> None:
        """What cannot be written is said in the log: it ends no call."""
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._lock:
                lines = [json.dumps(asdict(each)) + "\n" for each in [*self.all(), record][-KEPT:]]
                write_whole(self._file, "".join(lines))
        except OSError as error:
            log.warning("The record of a call could not be written (%s).", error.strerror)

    def all(self) -> Sequence[CallRecord]:
        """All that are kept; what is no record is left out."""
        try:
            lines = self._file.read_text(encoding="utf-8").splitlines()
        except OSError:
            return []
        return [record for line in lines if (record := _read(line))]


def _read(line: str) -> CallRecord | None:
    try:
        told = {"v2v_ms": (), **json.loads(line)}  # records of before have none
        return CallRecord(
            **{each.name: told[each.name] for each in fields(CallRecord)} | {"v2v_ms": tuple(told["v2v_ms"])}
        )
    except (ValueError, KeyError, TypeError):
        return None
