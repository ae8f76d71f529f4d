"""Letters: what is spelled: single letters, NATO words as they are misheard, "S as in Sam", "double T"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from edge_agent.desk.phrases import DeskPhrases

_TOKEN = re.compile(r"[A-Za-z]+(?:['’.-][A-Za-z]+)*|\d+|[@._+-]")
_BEHIND_A_DASH = re.compile(r"(?<=[a-z]-)[A-Z][a-z]{3,}$")
"""The first word of an alphabet, joined to the name ahead of it: "Vandermere-Victor, Alpha"."""
_MARKED = re.compile(r"[A-Za-z](?:[-.][A-Za-z])+|[A-Z]{1,5}(?:-(?:[A-Z]{1,2}|[A-Z][a-z]{1,3}\b)){2,}")
"""Letters with a mark between them, as "W-H-I-T", or between some: "J-A-N-E-OK-F-O-R", "SOFI-A-N-O", "B-The-K-E-R"."""
_LETTER = re.compile(r"[A-Z](?![a-z])|\b[a-z]\b")
_LOST = 4
"""Letters of a word that may be a letter that was not made out."""
_LIKE = 84
"""How alike, of 100, a word must be to one of the alphabet: "sierra" and "siera", "mike" and "mic" are."""


@dataclass(frozen=True, slots=True)
class Spelled:
    """Letters in a text, and where they stand: text[first:last]."""

    letters: str
    first: int
    last: int


def spelled(text: str, phrases: DeskPhrases, least: int = 2, *, loose: bool = False) -> list[Spelled]:
    """The runs of at least so many letters that are spelled in a text. `loose`: nothing else is said, so that a short
    word between letters is one that was not made out: "D to V by D"."""
    tokens = list(_pieces(text))
    found: list[Spelled] = []
    at = 0
    while at < len(tokens):
        letters, behind = _run(text, tokens, at, phrases, loose=loose)
        if len(letters) >= least and _is_run(tokens[at:behind], letters):
            found.append(Spelled(letters, tokens[at][1], tokens[behind - 1][2]))
            at = behind
        else:
            at += 1
    return found


_Piece = tuple[str, int, int]


def _pieces(text: str) -> list[_Piece]:
    """The words; "W-H-I-T" is four."""
    found: list[_Piece] = []
    has_small = any(each.islower() for each in text)
    for match in _TOKEN.finditer(text):
        if _MARKED.fullmatch(match[0]) or (has_small and _is_joined(match[0])):
            letters = list((_LETTER if "-" in match[0] else re.compile("[A-Za-z]")).finditer(match[0]))
            found += [(letter[0].lower(), match.start() + letter.start(), match.start() + letter.end())
                      for letter in letters]  # fmt: skip
        elif behind := _BEHIND_A_DASH.search(match[0]):
            at = match.start() + behind.start()
            found += [
                (text[match.start() : at - 1].lower(), match.start(), at - 1),
                (behind[0].lower(), at, match.end()),
            ]
        else:
            found.append((match[0].lower(), match.start(), match.end()))
    return found


def _is_joined(word: str) -> bool:
    """Whether it is letters without a mark between them: most of at least three are capitals. No "McDonald"."""
    return len(word) > 2 and word.isalpha() and sum(map(str.isupper, word)) * 5 >= len(word) * 3


def _run(text: str, tokens: list[_Piece], at: int, phrases: DeskPhrases, *, loose: bool) -> tuple[str, int]:
    """The letters from tokens[at] on, and the index behind them. A comma or a point behind letters that have none
    ends a word."""
    letters, has_plain_gap, has_point = "", False, False
    while at < len(tokens):
        letter, behind = _letter(tokens, at, phrases)
        if tokens[at][0] == "." and has_plain_gap and not has_point:
            break
        has_point |= tokens[at][0] == "."
        if not letter and letters and (tokens[at][0] in ("-", ".") or (loose and _is_lost(tokens, at))):
            at += 1
            continue
        if not letter:
            break
        gap = text[tokens[at - 1][2] : tokens[at][1]] if letters else ""
        if "," in gap and has_plain_gap:
            break
        has_plain_gap |= bool(letters) and "," not in gap
        letters, at = letters + letter, behind
    return letters, at


def _is_lost(tokens: list[_Piece], at: int) -> bool:
    """Whether a short word stands between two letters."""
    before, word, behind = ([*tokens, ("", 0, 0)][place][0] for place in (at - 1, at, at + 1))
    return len(before) == 1 and before.isalpha() and word.isalpha() and len(word) <= _LOST and len(behind) == 1


def _letter(tokens: list[_Piece], at: int, phrases: DeskPhrases) -> tuple[str, int]:
    """The letter, or the doubled one, that begins at tokens[at]."""
    word = tokens[at][0]
    times = phrases.values["times_over"].get(word)
    if times and at + 1 < len(tokens):
        letter, behind = _letter(tokens, at + 1, phrases)
        return letter * times, behind
    for lost in range(2):  # "as in apple", "he is in boy"
        head = [piece[0] for piece in tokens[at + lost : at + lost + 3]]
        is_left = len(head) == 3 and re.fullmatch(phrases.values["hear"]["spell_as_only"], " ".join(head[:2]))
        if is_left and len(head[2]) > 1 and head[2].isalpha() and (not lost or 1 < len(word) <= _LOST):
            return head[2][0], at + lost + 3
    if both := phrases.values["spelling_pairs"].get(word):  # "okay F O R"
        return (both, at + 1) if at + 1 < len(tokens) and len(tokens[at + 1][0]) == 1 else ("", at)
    if len(word) == 1 and word.isalpha():
        return _as_in(word, tokens, at + 1, phrases)
    for width in (2, 1):
        said = " ".join(piece[0] for piece in tokens[at : at + width])
        if len(tokens) >= at + width and (letter := _by_name(said, phrases)):
            return _as_in(letter, tokens, at + width, phrases)
    return "", at


def _as_in(letter: str, tokens: list[_Piece], at: int, phrases: DeskPhrases) -> tuple[str, int]:
    """The letter, and behind "as in Sam" if that follows. The word counts where it begins with another letter: the
    letter alone is misheard more easily."""
    words = [piece[0] for piece in tokens[at : at + 3]]
    for width in (2, 1):
        if re.fullmatch(phrases.values["hear"]["spell_as"], " ".join(words[:width])) and len(words) > width:
            word = words[width]
            if len(word) > 1 and word[0].isalpha():
                return word[0], at + width + 1
    return letter, at


@lru_cache(4096)
def _by_name(word: str, phrases: DeskPhrases) -> str:
    """The letter of a word of an alphabet; nothing for other words."""
    names: dict[str, list[str]] = phrases.values["spelling"]
    for letter, words in names.items():
        if word in words:
            return letter
    if len(word) < 4:
        return ""
    from rapidfuzz.fuzz import ratio

    best = max((ratio(word, name), letter) for letter, words in names.items() for name in words if len(name) > 3)
    return best[1] if best[0] >= _LIKE else ""


def _is_run(tokens: list[_Piece], letters: str) -> bool:
    """Whether it is spelled, and not "are you" or "why oh why": most of it is letters, or words of an alphabet."""
    single = sum(len(word) == 1 for word, _, _ in tokens)
    long = sum(len(word) > 3 for word, _, _ in tokens)
    return single >= 2 or long >= 2 or (single + long >= 1 and len(letters) >= 3)
