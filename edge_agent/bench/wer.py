"""Word error rate, after the differences that nobody hears have been taken out of both texts.

"2:30 p.m." and "230pm", "50 percent" and "fifty per cent" are the same words: a benchmark that counts them as
errors measures the spelling of the annotator. The same function goes over the reference and over every text.
"""

from __future__ import annotations

import importlib.util
import re
import sys
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from edge_agent.errors import InputError

_TAG = re.compile(r"<[^>]*>|\[[^\]]*\]")
"""`<hes-forced>`, `[laughter]`: annotations, never spoken."""

_TIME = re.compile(r"\b(?P<hour>\d{1,2})(?:[:.]?(?P<minute>\d{2}))?\s*(?P<half>[ap])\.?\s?m\b\.?")
_CLOCK = re.compile(r"\b(?P<hour>\d{1,2}):(?P<minute>\d{2})\b")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_ORDINAL = re.compile(r"\b(\d+)(?:st|nd|rd|th)\b")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_MONEY = re.compile(r"\$(\d+(?:\.\d+)?)")
_NOT_A_WORD = re.compile(r"[^\w\s]|_")

_SIGNS = {"%": " percent ", "°": " degrees ", "×": " times ", "=": " equals ", "&": " and ", "+": " plus "}

_CONTRACTIONS = [
    (re.compile(r"\bcan't\b"), "can not"),
    (re.compile(r"\bcannot\b"), "can not"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"\blet's\b"), "let us"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"'re\b"), " are"),
    (re.compile(r"'ve\b"), " have"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"'m\b"), " am"),
    # Only after words that own nothing, so that "Mary's" stays one word.
    (re.compile(r"\b(it|that|what|there|here|where|who|how|when|he|she)'s\b"), r"\1 is"),
]

_SPELLINGS = {
    "ok": "okay",
    "mr": "mister",
    "mrs": "missus",
    "dr": "doctor",
    "st": "saint",
    "per cent": "percent",
    "yknow": "you know",
}
_SPELLING = re.compile(rf"\b(?:{'|'.join(_SPELLINGS)})\b")


@dataclass(frozen=True, slots=True)
class WordErrors:
    """What was counted over a set of texts."""

    errors: int
    """Substitutions + deletions + insertions."""
    words: int
    """Words of the references."""

    @property
    def rate(self) -> float:
        """WER, 0.1 = 10 %. Above 1 where more was invented than said; 0 where there was nothing to say."""
        return self.errors / self.words if self.words else 0.0


def normalise(text: str, language: str = "en") -> str:
    """Lower-case words with single spaces: no tags, punctuation, accents or digits. Idempotent."""
    text = _TAG.sub(" ", unicodedata.normalize("NFKC", text).lower().replace("’", "'"))
    if language == "en":
        for pattern, plain in _CONTRACTIONS:
            text = pattern.sub(plain, text)
    for sign, spoken in _SIGNS.items():
        text = text.replace(sign, spoken)
    text = _spell_numbers(_THOUSANDS.sub("", text), language)
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    text = " ".join(_NOT_A_WORD.sub(" ", text.replace("'", "")).split())
    return _SPELLING.sub(lambda m: _SPELLINGS[m[0]], text) if language == "en" else text


def ready() -> None:
    """Raises InputError where jiwer is missing, which only benches need: before an hour of measuring, not after it."""
    if importlib.util.find_spec("jiwer") is None:
        fix = f"{sys.executable} -m pip install 'jiwer>=4'"
        raise InputError("Word error rates need the package jiwer, which is not installed.", fix=fix)


def count_errors(pairs: Iterable[tuple[str, str]], language: str = "en") -> WordErrors:
    """Pooled over (reference, hypothesis) pairs, as long clips weigh more than short ones."""
    import jiwer

    errors = words = 0
    for reference, hypothesis in pairs:
        said, got = normalise(reference, language), normalise(hypothesis, language)
        if not said:  # jiwer refuses an empty reference; every word of the answer is then an insertion
            errors += len(got.split())
            continue
        counts = jiwer.process_words(said, got)
        errors += counts.substitutions + counts.deletions + counts.insertions
        words += len(said.split())
    return WordErrors(errors, words)


def _spell_numbers(text: str, language: str) -> str:
    from num2words import num2words

    def spell(number: str, form: str = "cardinal") -> str:
        try:
            spoken = num2words(float(number) if "." in number else int(number), lang=language, to=form)
        except (NotImplementedError, OverflowError):  # a language or a size that it cannot say: digits stay
            return number
        return " " + re.sub(r"\bhundred and\b", "hundred", spoken.replace("-", " ").replace(",", "")) + " "

    def time(found: re.Match[str]) -> str:
        minute = found["minute"] or "00"
        minutes = "" if minute == "00" else ("oh " if minute[0] == "0" else "") + spell(minute)
        half = f"{found['half']}m" if "half" in found.groupdict() else ""
        return f" {spell(found['hour'])} {minutes} {half} "

    if language == "en":
        text = _TIME.sub(time, text)
        text = _CLOCK.sub(time, text)
        text = re.sub(r"\b([ap])\.\s?m\b\.?", r"\1m", text)
        text = _MONEY.sub(r"\1 dollars", text)
        text = _ORDINAL.sub(lambda m: spell(m[1], "ordinal"), text)
    return _NUMBER.sub(lambda m: spell(m[0]), text)
