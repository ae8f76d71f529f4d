"""Numbers: how a language says what is written in digits. Its words are num2words' own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

NOT_INSIDE = r"(?<![\w.,/:-])"
"""Stands before a number: it is not in the middle of something longer."""

LONGEST_NUMBER = 15
"""Digits; a longer string is no quantity."""

_ROMANS = "I II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI XVII XVIII XIX XX"
ROMAN = {roman: number for number, roman in enumerate(_ROMANS.split(), start=1)}


@dataclass(frozen=True, slots=True)
class Numbers:
    """One language's way of writing numbers, and of saying them."""

    language: str
    """ISO 639-1 code, known to num2words."""
    thousands: str
    """Stands between groups of three digits: "," in 1,000,000."""
    decimal: str
    """Stands before a fraction: "." in 3.14 ..."""
    point: str
    """... and the word for it."""

    @property
    def pattern(self) -> str:
        """A regular expression of a number without a sign."""
        group, point = re.escape(self.thousands), re.escape(self.decimal)
        return rf"[0-9]{{1,3}}(?:{group}[0-9]{{3}})+(?:{point}[0-9]+)?|[0-9]+(?:{point}[0-9]+)?"

    def words(self, number: int, kind: Literal["cardinal", "ordinal", "year"] = "cardinal") -> str:
        from num2words import num2words  # 0.1 s

        return str(num2words(number, lang=self.language, to=kind)).replace(",", "")

    def spelled(self, text: str, joint: str = ", ") -> str:
        """One word a digit, `joint` between groups of digits; other characters go."""
        groups = re.findall("[0-9]+", text)
        return joint.join(" ".join(self.words(int(digit)) for digit in group) for group in groups)

    def split(self, text: str) -> tuple[str, str]:
        """The digits before and after the decimal sign; the latter may be none."""
        whole, _, fraction = text.replace(self.thousands, "").partition(self.decimal)
        return whole, fraction

    def cardinal(self, text: str) -> str:
        """`text`: digits, with marks between thousands or without, with a decimal fraction or without."""
        whole, fraction = self.split(text)
        telephone_like = len(whole) >= 10 and self.thousands not in text and not whole.endswith("000")
        if len(whole) > LONGEST_NUMBER or telephone_like or (len(whole) > 1 and whole.startswith("0")):
            words = self.spelled(whole)
        else:
            words = self.words(int(whole))
        return f"{words} {self.point} {self.spelled(fraction)}" if fraction else words
