"""Numbers: what is said or written for one, and its value; the words are in words/<language>/counting.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from edge_agent.words import FOLDER, code_of


class SpokenNumber(NamedTuple):
    """A number that was read from words."""

    value: int | float
    after: int
    """The index of the first word behind it."""
    ordinal: bool = False


@dataclass(frozen=True, slots=True)
class Counting:
    """How one language says numbers."""

    small: Mapping[str, int]
    """What is below a hundred, in one word."""
    ordinals: Mapping[str, int]
    scales: Mapping[str, int]
    fractions: Mapping[str, int]
    one: frozenset[str]
    joins: frozenset[str]
    point: frozenset[str]
    minus: frozenset[str]
    naught: frozenset[str]
    thousands: str
    written: re.Pattern[str]
    token: re.Pattern[str]


@lru_cache
def counting_of(language: str) -> Counting | None:
    """How that language says numbers; None for one whose folder has no `counting.toml`."""
    file = FOLDER / code_of(language) / "counting.toml"
    if not file.is_file():
        return None
    said: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    tens = {word: 10 * number for number, word in enumerate(said["tens"], 2)}
    first = {word: number for number, word in enumerate(said["first_ones"])}
    first |= {word: 10 * number for number, word in enumerate(said["first_tens"], 2)}
    first |= {f"{word}th": value for word, value in said["scales"].items() if value >= 100 and word.isalpha()}
    mark, ending = re.escape(said["thousands"]), said["ordinal_ending"]
    written = rf"\d{{1,3}}(?:{mark}\d{{3}})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?|(?<!\d)\.\d+"
    return Counting(
        small={word: number for number, word in enumerate(said["ones"])} | tens,
        ordinals=first,
        scales=said["scales"],
        fractions=said["fractions"],
        one=frozenset(said["one"]),
        joins=frozenset(said["and"]),
        point=frozenset(said["point"]),
        minus=frozenset(said["minus"]),
        naught=frozenset(said["naught"]),
        thousands=said["thousands"],
        written=re.compile(rf"({written})({ending})?"),
        token=re.compile(rf"\d+{ending}\b|{written}|[^\W\d_]+|[^\s\w]|_", re.IGNORECASE),
    )


def below_hundred(counting: Counting, words: Sequence[str], at: int) -> SpokenNumber | None:
    """ "seven", "twenty", "twenty-five", "twenty fifth": lower-case words, in which a hyphen is a word of its own."""
    value = counting.small.get(_word(words, at))
    if value is None:
        first = counting.ordinals.get(_word(words, at), 100)
        return SpokenNumber(first, at + 1, True) if first < 100 else None
    unit = at + 2 if _word(words, at + 1) == "-" else at + 1
    for names, ordinal in ((counting.small, False), (counting.ordinals, True)):
        if value >= 20 and 0 < names.get(_word(words, unit), 0) < 10:
            return SpokenNumber(value + names[words[unit]], unit + 1, ordinal)
    return SpokenNumber(value, at + 1)


def whole(counting: Counting, words: Sequence[str], at: int) -> SpokenNumber | None:
    """The longest whole number or ordinal that begins at words[at]: "two hundred and six", "a hundred", "2 million".

    Digits count where a scale follows them or a number of scales goes before: "2 million".
    """
    total, limit, found = 0.0, float("inf"), None
    while group := _group(counting, words, _behind_and(counting, words, at) if found else at):
        scale = counting.scales.get(_word(words, group.after))
        last = counting.ordinals.get(_word(words, group.after), 0)
        if group.ordinal or (scale is None and last < 100):
            return found if group.value >= limit else _tidy(total + group.value, group.after, group.ordinal)
        factor = scale or last
        if factor >= limit:
            break
        total += group.value * factor
        at, limit = group.after + 1, factor
        found = _tidy(total, at, scale is None)
        if found.ordinal:
            break
    return found


def _group(counting: Counting, words: Sequence[str], at: int) -> SpokenNumber | None:
    """What a scale multiplies: "two", "2", "a" and nothing before one, "three hundred and two"."""
    word, then = _word(words, at), _word(words, at + 1)
    if word in counting.scales and counting.scales[word] >= 100 and len(word) > 1:
        group = SpokenNumber(1, at)
    elif word in counting.one and then in counting.scales:
        group = SpokenNumber(1, at + 1)
    elif (written := counting.written.fullmatch(word)) and not written[2]:
        if then not in counting.scales:
            return None
        group = SpokenNumber(_value(counting, written[1]), at + 1)
    elif read := below_hundred(counting, words, at):
        group = read
    else:
        return None
    if not group.ordinal and counting.scales.get(_word(words, group.after)) == 100:
        group = SpokenNumber(group.value * 100, group.after + 1)
        rest = below_hundred(counting, words, _behind_and(counting, words, group.after))
        return SpokenNumber(group.value + rest.value, rest.after, rest.ordinal) if rest else group
    return group


def _behind_and(counting: Counting, words: Sequence[str], at: int) -> int:
    return at + 1 if _word(words, at) in counting.joins else at


def _word(words: Sequence[str], at: int) -> str:
    return words[at] if at < len(words) else ""


def _tidy(value: float, after: int, ordinal: bool = False) -> SpokenNumber:
    return SpokenNumber(int(value) if float(value).is_integer() else value, after, ordinal)


def _value(counting: Counting, digits: str) -> float:
    return float(digits.replace(counting.thousands, ""))


def year(counting: Counting, words: Sequence[str], at: int) -> SpokenNumber | None:
    """A year in two halves from words[at] on: "nineteen eighty-four", "twenty twenty-six", "nineteen oh five"."""
    century = below_hundred(counting, words, at)
    if century is None or century.ordinal or not 17 <= century.value <= 20:
        return None
    zero = _word(words, century.after) in counting.naught
    rest = below_hundred(counting, words, century.after + zero)
    if rest is None or rest.ordinal or not (1 <= rest.value <= 9 if zero else 10 <= rest.value <= 99):
        return None
    return SpokenNumber(100 * int(century.value) + int(rest.value), rest.after)


def read(counting: Counting, words: Sequence[str], at: int) -> SpokenNumber | None:
    """The longest number that begins at words[at], said or written: whole, with decimals, a fraction, or a year."""
    if _word(words, at) in counting.minus or (_word(words, at) == "-" and _is_written(counting, words, at + 1)):
        found = read(counting, words, at + 1)
        return SpokenNumber(-found.value, found.after, found.ordinal) if found else None
    if _word(words, at) in counting.point and (found := _decimals(counting, words, at, 0)):
        return found
    if found := year(counting, words, at):
        return found
    found = whole(counting, words, at) or _written(counting, words, at) or _share(counting, words, at)
    if found is None or found.ordinal:
        return found
    exact = _decimals(counting, words, found.after, found.value) or _fraction(counting, words, found) or found
    return _scaled(counting, words, found, exact)


def _scaled(counting: Counting, words: Sequence[str], found: SpokenNumber, exact: SpokenNumber) -> SpokenNumber:
    """ "two and a half million", and "three million and a half", whose half is of a million."""
    scale = counting.scales.get(_word(words, exact.after))
    if scale and exact.after > found.after:
        return _tidy(exact.value * scale, exact.after + 1)
    last = counting.scales.get(_word(words, found.after - 1), 0)
    if last >= 1000 and 0 < exact.value - found.value < 1:
        return _tidy(found.value + (exact.value - found.value) * last, exact.after)
    return exact


def _is_written(counting: Counting, words: Sequence[str], at: int) -> bool:
    return counting.written.fullmatch(_word(words, at)) is not None


def _written(counting: Counting, words: Sequence[str], at: int) -> SpokenNumber | None:
    match = counting.written.fullmatch(_word(words, at))
    if not match:
        return None
    return _tidy(_value(counting, match[1]), at + 1, match[2] is not None)


def _decimals(counting: Counting, words: Sequence[str], at: int, before: float) -> SpokenNumber | None:
    """ "point two five", "point twenty five", behind a number."""
    if _word(words, at) not in counting.point:
        return None
    digits, at = "", at + 1
    while at < len(words):
        part = below_hundred(counting, words, at)
        if words[at] in counting.naught:
            digits, at = digits + "0", at + 1
        elif part and not part.ordinal:
            digits, at = digits + str(part.value), part.after
        elif words[at].isdecimal():
            digits, at = digits + words[at], at + 1
        else:
            break
    return SpokenNumber(float(f"{int(before)}.{digits}"), at) if digits else None


def _share(counting: Counting, words: Sequence[str], at: int) -> SpokenNumber | None:
    """ "half", "a third", "half a dozen"."""
    at = at + 1 if _word(words, at) in counting.one else at
    share = counting.fractions.get(_word(words, at))
    if not share or (share == 3 and words[at - 1 : at] == []):
        return None
    if _word(words, at + 1) in counting.one and (scale := counting.scales.get(_word(words, at + 2))):
        return _tidy(scale / share, at + 3)
    return SpokenNumber(1 / share, at + 1) if share in (2, 4) or words[at - 1 : at] else None


def _fraction(counting: Counting, words: Sequence[str], found: SpokenNumber) -> SpokenNumber | None:
    """ "two thirds", "1/2", "1 4/5", "three and a half", "three and two thirds", behind the number that was found."""
    at = found.after
    if _word(words, at) == "/" and (under := _written(counting, words, at + 1)) and under.value:
        return SpokenNumber(found.value / under.value, under.after)
    if (share := counting.fractions.get(_word(words, at))) and found.value < 100:
        return SpokenNumber(found.value / share, at + 1)
    behind = _behind_and(counting, words, at)
    if behind > at and (part := _share(counting, words, behind)):
        return SpokenNumber(found.value + part.value, part.after)
    over = whole(counting, words, behind) or _written(counting, words, behind)
    part = _fraction(counting, words, over) if over and (behind > at or _word(words, over.after) == "/") else None
    return SpokenNumber(found.value + part.value, part.after) if part and part.value < 1 else None


def number(phrase: str, language: str = "en") -> int | float | None:
    """The number that the whole phrase is: 25 of "twenty five", 3.5 of "three point five", 21 of "21st".

    None for what is none, and in a language whose numbers are not known.
    """
    counting = counting_of(language)
    words = [match[0].lower() for match in counting.token.finditer(phrase)] if counting else []
    while words and words[-1] in (".", "!", "?"):
        words.pop()
    found = read(counting, words, 0) if counting and words else None
    return found.value if found and found.after == len(words) else None


def to_digits(text: str, language: str = "en") -> str:
    """The text with digits where a number was said: "set it to 25", "the 4th"; the rest stays as it is.

    A lone "a", "half" or "second" stays too: seldom is a number meant.
    """
    counting = counting_of(language)
    if counting is None:
        return text
    found = list(counting.token.finditer(text))
    words = [match[0].lower() for match in found]
    parts, at, copied = [], 0, 0
    while at < len(words):
        reading = read(counting, words, at) if words[at] != "-" else None
        if reading is None or _is_lone(counting, words[at : reading.after]):
            at += 1
            continue
        parts += [text[copied : found[at].start()], _digits(reading)]
        copied, at = found[reading.after - 1].end(), reading.after
    return "".join(parts) + text[copied:]


def _is_lone(counting: Counting, words: list[str]) -> bool:
    """Whether it is digits already, a share without a number, or "second", which is a time more often."""
    written = all(word.isdecimal() or counting.written.fullmatch(word) for word in words)
    return written or words == ["second"] or all(word in counting.fractions or word in counting.one for word in words)


def _digits(reading: SpokenNumber) -> str:
    if not reading.ordinal:
        return f"{reading.value:.10g}" if isinstance(reading.value, float) else str(reading.value)
    value = int(reading.value)
    ending = "th" if value % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return f"{value}{ending}"
