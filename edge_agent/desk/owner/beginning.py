"""Beginning: the answers to some eight questions -> the folder of an agent that works, for its owner to go on with."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from edge_agent.desk.owner import templates
from edge_agent.desk.owner.templates import Begun
from edge_agent.errors import InputError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = "|".join(DAYS)
_PART = re.compile(
    rf"(?:(?P<days>daily|(?:{_DAY})\w*(?:\s*(?:-|to)\s*(?:{_DAY})\w*)?)\s+)?"
    r"(?P<begin>\d{1,2}(?:[:.]\d\d)?\s*(?:am|pm)?)\s*(?:-|to)\s*(?P<end>\d{1,2}(?:[:.]\d\d)?\s*(?:am|pm)?)",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d\d))?\s*(am|pm)?", re.IGNORECASE)
_SERVICE = re.compile(r"(?P<name>.+?)[ :]+(?P<minutes>\d{1,3})\s*(?:min\w*)?(?:[ :]+(?P<price>\S.*))?")


def hours_of(text: str) -> dict[str, list[str]]:
    """The hours of a week as the file has them: "mon-fri 9-12:30, 13:30-17, sat 10am-1pm". Raises InputError."""
    found: dict[str, list[str]] = {}
    days: list[str] = []
    for part in filter(None, (each.strip() for each in re.split(r"[,;]", text))):
        match = _PART.fullmatch(part)
        if match is None or not (match["days"] or days):
            raise InputError(f"{part!r} are no opening hours.", fix='--hours "mon-fri 9:00-17:00, sat 9:00-12:00"')
        days = list(_days(match["days"])) if match["days"] else days
        begin, end = _minute(match["begin"], match["end"]), _minute(match["end"], "pm")
        if not begin < end <= 24 * 60:
            raise InputError(f"{part!r}: it closes before it opens.", fix='--hours "mon-fri 9:00-17:00"')
        for day in days:
            found.setdefault(day, []).append(f"{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}")
    if not found:
        raise InputError("There are no opening hours.", fix='--hours "mon-fri 9:00-17:00"')
    return found


def _days(text: str) -> Iterator[str]:
    if text.lower() == "daily":
        yield from DAYS
        return
    ends = [each.strip().lower()[:3] for each in re.split(r"-|to\b", text) if each.strip()]
    first, last = DAYS.index(ends[0]), DAYS.index(ends[-1])
    yield from (DAYS[(first + n) % 7] for n in range((last - first) % 7 + 1))


def _minute(said: str, beside: str) -> int:
    """Minutes after midnight; "9-5" ends in the afternoon."""
    match = _CLOCK.fullmatch(said.strip())
    assert match is not None
    hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    elif beside == "pm" and hour < 8:  # the end of a day, without a word for which half of it
        hour += 12
    return hour * 60 + minute


def services_of(text: str) -> list[tuple[str, int, str]]:
    """Name, minutes and price of each: "check-up 30, filling 45 95 pounds". Raises InputError."""
    found = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        match = _SERVICE.fullmatch(part)
        if match is None or not 1 <= int(match["minutes"]) <= 24 * 60:
            raise InputError(f"{part!r} is no service with its minutes.", fix='--services "check-up 30, filling 45"')
        found.append((match["name"].strip(), int(match["minutes"]), (match["price"] or "").strip()))
    return found


def begin(folder: Path, begun: Begun) -> list[Path]:
    """Makes the folder, whole or not at all; the files that were made. Raises InputError where something is there
    already, or for an answer that is none."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is there already, and not empty.", fix=f"edge-agent agents check {folder}")
    files = {
        "agent.toml": templates.agent(begun, hours_of(begun.hours), services_of(begun.services)),
        "answers/about.md": templates.about(begun, hours_of(begun.hours), services_of(begun.services)),
        "tests.toml": templates.tests(begun, services_of(begun.services)),
    }
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
        try:
            for name, text in files.items():
                (scratch / name).parent.mkdir(exist_ok=True)
                (scratch / name).write_text(text, encoding="utf-8")
            scratch.chmod(0o755)
            scratch.replace(folder)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    except OSError as error:
        raise InputError(f"{folder} cannot be made ({error.strerror}).") from error
    return [folder / name for name in files]
