"""The last gate before native code: no text that comes out of here is known to kill espeak-ng.

piper-tts 1.8.0's espeak-ng runs over its stack while it strips suffixes (espeak-ng/espeak-ng#2495): SIGSEGV
on one word of "ness" x 80, and so on "s'", "'s" and "edly"; 40 repeats pass, and 64 characters of any suffix.
NUL and lone surrogates make it raise. In any language.
"""

from __future__ import annotations

import re
import unicodedata

WORD_CHARS = 64
"""The longest word that is let through."""

REPEATS = 8
"""How often one unit may follow on itself. Eight is more than speech needs."""

_LONGEST_UNIT = 40
_REPEATED = re.compile(rf"(.{{1,{_LONGEST_UNIT}}}?)\1{{{REPEATS},}}")
_LONG_WORD = re.compile(rf"\S{{{WORD_CHARS}}}(?=\S)")
_SPACES = re.compile(r"\s+")
_SPACE_BEFORE_STOP = re.compile(r"(?<=\w) +(?=[.,;:!?](?:\s|$))")

_KEPT = frozenset("°^`")
"""The symbols and modifiers that are read aloud or dealt with elsewhere."""

_SUPERSCRIPT = re.compile("[⁰¹²³⁴-⁹⁻]+")
_VULGAR_FRACTION = re.compile("(?<=[0-9])(?=[¼-¾⅐-⅞])")


def safe(text: str) -> str:
    """`text` in NFKC without control, format, private and unassigned characters, surrogates and pictographs,
    with single spaces; long words are parted and repetitions collapsed. Does nothing to its own result."""
    before = None
    while text != before:  # when a repetition goes, two parts of another may meet
        before = text
        text = _REPEATED.sub(_collapsed, _clean(text))
        text = _LONG_WORD.sub(r"\g<0> ", text)
    return text


def _collapsed(match: re.Match[str]) -> str:
    number = match[1].isdecimal() and len(match[0]) < WORD_CHARS  # 10000000000 is not 1000000000
    return match[0] if number else match[1] * REPEATS


def _clean(text: str) -> str:
    # NFKC makes m² to m2 and 2½ to 21/2, which are other things.
    text = _SUPERSCRIPT.sub(lambda match: "^" + match[0], text)
    text = _VULGAR_FRACTION.sub(" ", text)
    text = unicodedata.normalize("NFKC", text.replace("™", "")).replace("\N{FRACTION SLASH}", "/")
    text = "".join(_spoken(char) for char in text)
    return _SPACE_BEFORE_STOP.sub("", _SPACES.sub(" ", text)).strip()


def _spoken(char: str) -> str:
    """The character, a space, or nothing."""
    if char.isascii():
        return char if char.isprintable() else " "
    category = unicodedata.category(char)
    if category in ("Cc", "Zl", "Zp", "Zs"):
        return " "
    silent = category in ("Cf", "Cs", "Co", "Cn", "So", "Sk", "Me") or _is_shape(char) or _is_selector(char)
    return "" if silent and char not in _KEPT else char


def _is_shape(char: str) -> bool:
    """Geometric shapes and dingbats, also those that count as mathematics; arrows are words (words/symbols.py)."""
    return "\u2500" <= char <= "\u27bf" or "\u2b00" <= char <= "\u2bff"


def _is_selector(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
