"""Table: one table of a TOML file, asked for its values; each mistake is a sentence with the line that it is in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

_HEADER = re.compile(r"\s*(\[\[?)\s*([\w.\-\" ]+?)\s*\]\]?\s*(?:#.*)?$")
_DURATION = re.compile(r"(\d+)\s*(min|m|h|d|w)")
_UNITS = {
    "min": timedelta(minutes=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_HOURS = re.compile(r"(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)")


@dataclass(slots=True)
class Complaints:
    """The mistakes of one file."""

    text: str
    found: list[tuple[int, str]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    """The tables of each path that were asked for so far."""

    def line_of(self, path: str, index: int, key: str) -> int:
        """The line, from 1, of a key of the table `path`, of which it is the one numbered `index`; the line of the
        table where the key has none of its own."""
        table, number, seen, sub = "", 1 if path == "" else 0, -1, f"{path}.{key}".lstrip(".")
        for at, line in enumerate(self.text.splitlines(), 1):
            if header := _HEADER.match(line):
                table = header[2].replace('"', "").replace(" ", "")
                seen += table == path
                number = at if table == path and seen == index else number
                if table == sub and seen in (index, -1):
                    return at
            elif table == path and (path == "" or seen == index) and re.match(rf'\s*"?{re.escape(key)}"?\s*[.=]', line):
                return at
        return number or 1

    def numbered(self, path: str) -> int:
        """The number of the next table of that path, from 0: those of [[test.turn]] go on from one test to the next."""
        self.counts[path] += 1
        return self.counts[path] - 1

    def say(self, path: str, index: int, key: str, sentence: str) -> None:
        self.found.append((self.line_of(path, index, key), sentence))


class Table:
    """What is asked for is checked; `end` complains of what nobody has asked for."""

    def __init__(self, values: Mapping[str, Any], complaints: Complaints, path: str = "", index: int = 0) -> None:
        self._values, self._complaints, self._path, self._index = values, complaints, path, index
        self._asked: set[str] = set()

    @property
    def names(self) -> tuple[str, ...]:
        """The keys that it has."""
        return tuple(self._values)

    def wrong(self, key: str, sentence: str) -> None:
        """Complain of a value."""
        self._complaints.say(self._path, self._index, key, sentence)

    def value(self, key: str) -> Any:
        self._asked.add(key)
        return self._values.get(key)

    def text(self, key: str, default: str = "", *, needed: bool = False) -> str:
        value = self.value(key)
        if value is None:
            if needed:
                where = f" in [{self._path}]" if self._path else ""
                self.wrong(key, f"`{key}` is missing{where}.")
            return default
        if not isinstance(value, str) or (needed and not value.strip()):
            self.wrong(key, f"`{key}` is a text in quotes, not {value!r}.")
            return default
        return value.strip()

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        value = self.value(key)
        if value is None:
            return default
        if not isinstance(value, list) or not all(isinstance(each, str) and each.strip() for each in value):
            self.wrong(key, f'`{key}` is a list of texts: ["one", "two"].')
            return default
        return tuple(each.strip() for each in value)

    def number(self, key: str, default: int, least: int, most: int, *, needed: bool = False) -> int:
        value = self.value(key)
        if value is None and not needed:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.wrong(key, f"`{key}` is a whole number from {least} to {most}.")
            return default
        return value

    def flag(self, key: str, default: bool) -> bool:
        value = self.value(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.wrong(key, f"`{key}` is true or false, without quotes.")
            return default
        return value

    def choice(self, key: str, allowed: Iterable[str], default: str, *, needed: bool = False) -> str:
        names = list(allowed)
        value = self.text(key, default, needed=needed)
        if value not in names:
            if self._values.get(key) is not None:
                self.wrong(key, f"`{key}` is one of {', '.join(names)}, not {value!r}{_meant(value, names)}.")
            return default
        return value

    def length(self, key: str, default: timedelta | None) -> timedelta | None:
        """A length of time: "2h", "90d", "15min"; "off" is none."""
        value = self.text(key)
        if value == "off":
            return None
        if not value:
            return default
        found = _DURATION.fullmatch(value)
        if found is None:
            self.wrong(key, f'`{key}` is a length of time such as "2h", "90d" or "15min", not {value!r}.')
            return default
        return int(found[1]) * _UNITS[found[2]]

    def hours(self, key: str) -> tuple[tuple[int, int], ...]:
        """The hours of a day: ["08:30-12:30", "13:30-17:30"]."""
        found: list[tuple[int, int]] = []
        for each in self.texts(key):
            said = _HOURS.fullmatch(each)
            begin, end = (int(said[1]) * 60 + int(said[2]), int(said[3]) * 60 + int(said[4])) if said else (0, 0)
            if said is None or not begin < end <= 24 * 60 or int(said[2]) > 59 or int(said[4]) > 59:
                self.wrong(key, f'`{key}` has hours such as "08:30-17:00", not {each!r}.')
            elif found and begin < found[-1][1]:
                self.wrong(key, f"`{key}`: {each} begins before the hours ahead of it end.")
            else:
                found.append((begin, end))
        return tuple(found)

    def days(self, key: str) -> tuple[tuple[date, date], ...]:
        """Days, and times from one day to another: ["2026-12-24..2027-01-02", "2026-05-01"]."""
        found = []
        for each in self.texts(key):
            first, _, last = each.partition("..")
            try:
                begin, end = date.fromisoformat(first.strip()), date.fromisoformat((last or first).strip())
            except ValueError:
                self.wrong(key, f'`{key}` has days such as "2026-12-24..2027-01-02", not {each!r}.')
                continue
            if end < begin:
                self.wrong(key, f"`{key}`: {each} ends before it begins.")
            found.append((begin, end))
        return tuple(found)

    def moments(self, key: str) -> tuple[datetime, ...]:
        """Local times without a zone: ["2026-06-15T10:00"]."""
        found = []
        for each in self.value(key) or []:
            try:
                moment = each if isinstance(each, datetime) else datetime.fromisoformat(str(each))
            except ValueError:
                self.wrong(key, f'`{key}` has times such as "2026-06-15T10:00", not {each!r}.')
                continue
            found.append(moment)
        return tuple(found)

    def table(self, key: str) -> Table:
        value = self.value(key)
        path = f"{self._path}.{key}" if self._path else key
        if value is not None and not isinstance(value, dict):
            self.wrong(key, f"`{key}` is a table: write [{path}] on a line of its own.")
            value = None
        return Table(value or {}, self._complaints, path)

    def tables(self, key: str) -> Iterator[Table]:
        value = self.value(key)
        path = f"{self._path}.{key}" if self._path else key
        if value is not None and not (isinstance(value, list) and all(isinstance(each, dict) for each in value)):
            self.wrong(key, f"`{key}` is a list of tables: write [[{path}]] before each, with two brackets.")
            return
        for each in value or ():
            yield Table(each, self._complaints, path, self._complaints.numbered(path))

    def end(self) -> None:
        """All that it can have was asked for."""
        for key in self._values:
            if key not in self._asked:
                where = f"[{self._path}]" if self._path else "the file"
                self.wrong(key, f"`{key}` is nothing that {where} has{_meant(key, self._asked) or '.'}")


def _meant(word: str, names: Iterable[str]) -> str:
    from rapidfuzz.process import extractOne

    found = extractOne(word, list(names), score_cutoff=70)
    return f"; is {found[0]!r} meant?" if found else ""
