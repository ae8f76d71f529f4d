"""Paired devices: each has a credential of its own, of which only the hash is kept, until it is thrown out."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from edge_agent.errors import InputError, StateError
from edge_agent.state import mend, sync, write_whole

SEEN_S = 3600.0
"""How far behind the time at which a device was seen last may be: no write for each request."""
MOST_CHARS = 200
"""What is kept of what a browser says that it is."""
DEVICES = (("iphone", "iPhone"), ("ipad", "iPad"), ("android", "Android"), ("mac", "Mac"), ("windows", "Windows"),
           ("chromebook", "CrOS"), ("linux", "Linux"))  # fmt: skip
BROWSERS = (("edge", "Edg"), ("samsung", "SamsungBrowser"), ("opera", "OPR/"), ("firefox", "Firefox"),
            ("firefox", "FxiOS"), ("chrome", "CriOS"), ("chrome", "Chrome"), ("safari", "Safari"))  # fmt: skip
"""What it is called, and the part of a User-Agent that tells; the first that is there counts, as many name others."""


@dataclass(frozen=True, slots=True)
class PairedDevice:
    name: str
    browser: str
    """What it says that it is (User-Agent)."""
    paired: datetime
    seen: datetime
    """When it was there last, to the hour."""
    id: str
    """SHA-256 of its credential, as hex."""


class PairedDevices:
    """A file each, named by its id. A server that asks again each time needs no telling of what others delete."""

    def __init__(self, folder: Path, now: Callable[[], float]) -> None:
        """`now`: Unix time in seconds."""
        self._folder, self._now = folder, now

    def add(self, browser: str) -> tuple[str, str]:
        """The name of the new device, and its credential, which nobody is told again. Raises StateError."""
        credential = secrets.token_urlsafe(32)
        name, now, file = self._free(called(browser)), self._now(), self._file(_id(credential))
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(file, json.dumps({"name": name, "browser": browser[:MOST_CHARS], "paired": now}))
            os.utime(file, (now, now))
            sync(self._folder)
        except OSError as error:
            raise StateError(f"The device is not paired: {self._folder} ({error.strerror}).") from error
        return name, credential

    def id_of(self, credential: str) -> str | None:
        """The id of the device that has it, which was seen now.

        Looked up by its hash: how long that takes tells nothing of a credential, which has 256 random bits.
        """
        file, now = self._file(id := _id(credential)), self._now()
        try:
            if abs(now - file.stat().st_mtime) > SEEN_S:
                os.utime(file, (now, now))
        except FileNotFoundError:
            return None
        except OSError:  # a disk that is read-only by now
            return id if self.has(id) else None
        return id

    def has(self, id: str) -> bool:
        """Whether it is still paired. One `stat`."""
        return self._file(id).exists()

    def all(self) -> list[PairedDevice]:
        """The oldest first. Raises StateError."""
        try:
            found = [_parsed(file) for file in self._folder.iterdir() if file.suffix == ".json"]
        except FileNotFoundError:
            return []
        except OSError as error:
            fix = mend(error, self._folder.parent.parent, "devices paired")
            raise StateError(f"{self._folder} cannot be read ({error.strerror}).", fix=fix) from error
        return sorted((each for each in found if each), key=lambda device: (device.paired, device.name))

    def forget(self, name: str) -> None:
        """Lasting, when this returns. Raises InputError for a device that is not paired, StateError."""
        found = [device for device in self.all() if device.name == name]
        if not found:
            raise InputError(f"No device is paired that is called '{name}'.", fix="edge-agent devices paired")
        try:
            for device in found:
                self._file(device.id).unlink(missing_ok=True)
            sync(self._folder)
        except OSError as error:
            fix = mend(error, self._folder.parent.parent, f"devices forget {name}")
            raise StateError(f"{name} is STILL paired: {self._folder} ({error.strerror}).", fix=fix) from error

    def _free(self, name: str) -> str:
        taken, number = {device.name for device in self.all()}, 1
        while (numbered := name if number == 1 else f"{name}-{number}") in taken:
            number += 1
        return numbered

    def _file(self, id: str) -> Path:
        return self._folder / f"{id}.json"


def called(browser: str) -> str:
    """A short name by what a browser says that it is: "android-chrome"."""
    parts = [next((name for name, sign in table if sign in browser), None) for table in (DEVICES, BROWSERS)]
    return "-".join(filter(None, parts)) or "device"


def _id(credential: str) -> str:
    return hashlib.sha256(credential.encode("utf-8", "surrogateescape")).hexdigest()


def _parsed(file: Path) -> PairedDevice | None:
    """None for what was deleted meanwhile, and for what is none of ours."""
    try:
        read, seen = json.loads(file.read_text("utf-8")), file.stat().st_mtime
        paired = datetime.fromtimestamp(read["paired"], UTC).astimezone()
        return PairedDevice(
            str(read["name"]), str(read["browser"]), paired, datetime.fromtimestamp(seen, UTC).astimezone(), file.stem
        )
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
