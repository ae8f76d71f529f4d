"""Door: the protocol of a way in, the table of those that there are, and how they are open together (docs/doors.md)."""

from __future__ import annotations

import contextlib
import importlib.util
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, cast

from edge_agent.errors import ConfigError
from edge_agent.host.host import Host
from edge_agent.settings import Settings


class Door(Protocol):
    """A way in. The host is there before it is opened, and after it is closed."""

    name: str

    def run(self, host: Host) -> None:
        """Let people in until `goodbye`. Raises EdgeAgentError where that cannot be; then the program ends."""
        ...

    def goodbye(self) -> None:
        """Let `run` return soon. From any thread, and more than once."""
        ...


Factory = Callable[[Settings], Door]

DOORS: dict[str, str] = {
    "http": "edge_agent.doors.http:HttpDoor",
    "microphone": "edge_agent.doors.microphone:MicrophoneDoor",
    "phone": "edge_agent.doors.phone:PhoneDoor",
}
"""The module and the class of each door, by name; the class takes the settings. `edge-agent serve` opens the first one,
and those that `doors.open` names."""


def door(name: str, settings: Settings) -> Door:
    """The door of this name, or one of the owner's own: "FILE.py:CLASS". Raises ConfigError if there is none."""
    place, colon, kind = DOORS.get(name, name).rpartition(":")
    try:
        if not colon:
            raise AttributeError
        module = _file(Path(place)) if place.endswith(".py") else importlib.import_module(place)
        factory = cast(Factory, getattr(module, kind))
    except (AttributeError, ImportError, OSError):
        known = ", ".join(sorted(DOORS))
        raise ConfigError(
            f"There is no door '{name}'; known are {known}, and FILE.py:CLASS for one of your own."
        ) from None
    except SyntaxError as error:
        raise ConfigError(f"The door '{name}' is no Python: {error}.") from None
    return factory(settings)


def _file(path: Path) -> object:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextlib.contextmanager
def opened(doors: Sequence[Door], host: Host, stop: Callable[[], object]) -> Iterator[None]:
    """These doors are open until the end of the block, each in a thread of its own.

    Where one ends before, `stop` is called, which is to end the block; what went wrong with it is raised then.
    """
    failed: list[BaseException] = []

    def run(each: Door) -> None:
        try:
            each.run(host)
        except BaseException as error:
            failed.append(error)
        finally:
            stop()

    threads = [threading.Thread(target=run, args=(each,), name=f"door {each.name}", daemon=True) for each in doors]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for each in doors:
            each.goodbye()
        for thread in threads:
            thread.join()
    if failed:
        raise failed[0]
