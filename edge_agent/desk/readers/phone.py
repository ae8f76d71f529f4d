"""Phone: a telephone number in what is said or keyed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from edge_agent.desk.phrases import DeskPhrases
from edge_agent.desk.readers.digits import digit_ahead, said_digits

SHORTEST, LONGEST = 6, 15
"""Digits of a number; E.164 knows 15."""
WHOLE = 10
"""So many digits with the 0 of an area are taken for a number, though nobody has it."""


@dataclass(frozen=True, slots=True)
class ReadPhone:
    """What was found."""

    number: str
    """The number with + and the country's prefix where it is a whole number of that country, else the digits."""
    is_whole: bool
    """Whether nothing is missing."""
    digits: str
    first: int = 0
    last: int = 0


def read_phone(
    text: str, region: str, phrases: DeskPhrases, before: str = "", *, known: str = "", asked: bool = False
) -> ReadPhone | None:
    """The number in a text, behind the digits that came `before`. None: there is none. Unasked it must be whole.
    `known`: the number so far, of which the text may have another end."""
    if corrected := _with_other_end(text, known or before, region, phrases) or _put_right(text, region, phrases):
        return corrected
    if not before and (found := _as_written(text, region)):
        return found
    runs = said_digits(text, phrases, 1 if asked else SHORTEST)
    if not runs:
        return None
    longest = max(runs, key=lambda run: len(run.digits))
    digits = longest.digits
    if asked and len(runs) > 1 and sum(len(run.digits) for run in runs) <= LONGEST:
        digits = "".join(run.digits for run in runs)
    begins_again = len(digits) >= SHORTEST or len(before + digits) > LONGEST
    if asked and before and (is_number(before + digits, region) or not (begins_again or is_number(digits, region))):
        digits = before + digits
    whole = is_number(digits, region)
    ahead = digit_ahead(text[: runs[0].first], phrases) if asked and not whole and not before else ""
    if ahead and is_number(ahead + digits, region):
        digits, whole = ahead + digits, True
    if not whole and not asked:
        return None
    return ReadPhone(written(digits, region), whole, digits, longest.first, longest.last)


def _with_other_end(text: str, known: str, region: str, phrases: DeskPhrases) -> ReadPhone | None:
    """The number that is known with the end that a text gives it: "it ends in 211"."""
    said = phrases.pattern("number_tail").search(text) if known else None
    if said is None:
        return None
    rest = text[: said.start()] + "#" * len(said[0]) + text[said.end() :]
    runs = said_digits(rest, phrases, 1)
    if len(runs) != 1 or len(runs[0].digits) >= len(known):
        return None
    digits = _ending(known, runs[0].digits, region)
    first, last = min(runs[0].first, said.start()), max(runs[0].last, said.end())
    return ReadPhone(written(digits, region), is_number(digits, region), digits, first, last)


def _put_right(text: str, region: str, phrases: DeskPhrases) -> ReadPhone | None:
    """A number that is put right while it is said: "07700 900 212, no, 211"."""
    runs = said_digits(text, phrases, 1)
    between = [text[one.last : other.first] for one, other in pairwise(runs)]
    if not any(phrases.hears("number_instead", each) for each in between) or len(runs[0].digits) < SHORTEST:
        return None
    digits = runs[0].digits
    for run, said in zip(runs[1:], between, strict=True):
        is_instead = phrases.hears("number_instead", said)
        digits = _ending(digits, run.digits, region) if is_instead else digits + run.digits
    if not is_number(digits, region):
        return None
    return ReadPhone(written(digits, region), True, digits, runs[0].first, runs[-1].last)


def _ending(number: str, digits: str, region: str) -> str:
    """The number with those digits at its end, in place of as many or of those that make it one; or they alone."""
    if is_number(digits, region):
        return digits
    equal = number[: -len(digits)] + digits
    if is_number(equal, region):
        return equal
    longer = (number[:cut] + digits for cut in range(len(number), 0, -1))
    return next((each for each in longer if is_number(each, region)), equal)


def _as_written(text: str, region: str) -> ReadPhone | None:
    """The last number that is written as numbers of that country are, whatever other digits stand beside it."""
    from phonenumbers import Leniency, PhoneNumberFormat, PhoneNumberMatcher, format_number

    if sum(each.isdecimal() for each in text) <= SHORTEST:
        return None
    found = list(PhoneNumberMatcher(text, region, leniency=Leniency.STRICT_GROUPING))
    if not found:
        return None
    digits = "".join(each for each in found[-1].raw_string if each.isdecimal() or each == "+")
    number = str(format_number(found[-1].number, PhoneNumberFormat.E164))
    return ReadPhone(number, True, digits, found[-1].start, found[-1].end)


def is_number(digits: str, region: str) -> bool:
    """Whether nothing is missing: it is one of that country, or as long as one. What begins with the area's 0 and is
    short goes on."""
    from phonenumbers import (
        NumberParseException,
        ValidationResult,
        is_possible_number_with_reason,
        is_valid_number,
        parse,
    )

    if not SHORTEST < len(digits.lstrip("+")) <= LONGEST:
        return False
    try:
        number = parse(digits, region)
    except NumberParseException:
        return False
    if is_valid_number(number):
        return True
    reason = is_possible_number_with_reason(number)
    return reason in (ValidationResult.IS_POSSIBLE, ValidationResult.IS_POSSIBLE_LOCAL_ONLY) and (
        not digits.startswith("0") or len(digits) >= WHOLE
    )


def written(digits: str, region: str) -> str:
    """The number as it is kept: "+442079460000"; the digits themselves where the area is missing."""
    from phonenumbers import (
        NumberParseException,
        PhoneNumberFormat,
        ValidationResult,
        format_number,
        is_possible_number_with_reason,
        parse,
    )

    try:
        number = parse(digits, region)
    except NumberParseException:
        return digits
    if is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return digits
    return str(format_number(number, PhoneNumberFormat.E164))


def spoken(number: str, region: str) -> str:
    """The number as it is read back: the national form, in groups, digit by digit: "0 2 0, 7 9 4 6, 0 0 0 0"."""
    from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, parse

    try:
        parsed = parse(number, region)
        is_own = number.startswith("+") and parsed.country_code == parse("1234567", region).country_code
        form = PhoneNumberFormat.NATIONAL if is_own else PhoneNumberFormat.INTERNATIONAL
        text = str(format_number(parsed, form)) if number.startswith("+") else number
    except NumberParseException:
        text = number
    groups = ["".join(c for c in group if c.isdecimal()) for group in text.replace("-", " ").replace(")", " ").split()]
    groups = [part for group in groups if group for part in _in_threes(group)]
    return ", ".join(" ".join(group) for group in groups)


def _in_threes(group: str) -> list[str]:
    """Groups of three or four: a longer one is heard badly."""
    if len(group) <= 4:
        return [group]
    return [group[:3], *_in_threes(group[3:])]


def is_same(one: str, other: str) -> bool:
    """Whether two numbers are one: the last seven digits decide, as one may be without its area."""
    ends = ["".join(c for c in number if c.isdecimal())[-7:] for number in (one, other)]
    return len(ends[0]) == 7 and ends[0] == ends[1]
