"""Honest: holds back what a small model claims to have done, and what only repeats the user, before it is heard.

Code does what is done (act/); an answer that the LLM writes without having called a tool has no effect, whatever it
says. Qwen2.5 0.5B and 1.5B said "Firefox has been launched", "The TV is off" and "Sure, I'll turn on the lamp".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from edge_agent.think.brief import Part, Usage, Written
from edge_agent.think.speech import Glimpse
from edge_agent.types import Sentence
from edge_agent.words import words_of

ECHO = 0.85
"""Share of the user's words, in their order, from which an answer counts as a copy of them."""
_LOST = re.compile(r"(?<=\w) (s|re|m|ll|ve|d|t)\b")
"""What speech recognition leaves of "it's" and "don't" now and then."""
PART, PART_WORDS = 0.6, 3
"""An answer of at least so many words, all of them the user's in their order, is a copy from this share of them:
"It's my birthday!" to "Guess what, it's my birthday". What lacks one word alone may be asked for: "say hello"."""
TELLING = 4
"""Words behind what may become a claim that tell whether it does: as many as a first fragment has, which nothing else
is known of. "Yes," waited for the end of the next sentence, 12 to 22 tokens."""
_WORD = re.compile(r"[\w']+")
_END = re.compile(r"[.!?]['\"]?$")


class _Claims(NamedTuple):
    """Patterns of one language."""

    own: re.Pattern[str]
    """What the speaker did or does ..."""
    other: re.Pattern[str]
    """... and what became of something."""
    begins: re.Pattern[str]
    """Beginnings of what may become a claim ..."""
    begins_own: re.Pattern[str]
    """... of the speaker's own."""
    tale: re.Pattern[str]
    """Beginnings of requests for made-up words ..."""
    question: re.Pattern[str]
    """... and of questions."""


@lru_cache
def _claims_of(language: str) -> _Claims:
    words = words_of(language)
    do, done, doing = zip(*(deed.split() for deed in words.deeds), strict=True)
    parts = {
        "{deed}": _one_of((*do, *done, *doing)),
        "{done}": _one_of(done),
        "{doing}": _one_of(doing),
        "{thing}": _one_of(words.things),
    }

    def made(pattern: str) -> re.Pattern[str]:
        for name, part in parts.items():
            pattern = pattern.replace(name, part)
        return re.compile(pattern, re.IGNORECASE)

    assent = rf"\W*(?:{_one_of(words.assents)}\W*)?"
    return _Claims(
        made(re.sub(r"\n\s*", "", "|".join(words.own_claims))),
        made(re.sub(r"\n\s*", "", "|".join(words.claims))),
        made(rf"{assent}(?:$|{_one_of(words.claims_begin)})"),
        made(rf"{assent}(?:$|{_one_of(words.own_claims_begin)})"),
        made(rf"\s*{_one_of(words.tales)}\b"),
        made(rf"\s*{_one_of(words.questions)}\b"),
    )


def _one_of(patterns: Iterable[str]) -> str:
    return f"(?:{'|'.join(dict.fromkeys(patterns))})"


def claims(text: str, asked: str, language: str = "en") -> bool:
    """Whether an answer to `asked` says that something was done, or is being done, that no talk can do."""
    known = _claims_of(language)
    if known.tale.match(asked):
        return False
    return bool(known.own.search(text) or (known.other.search(text) and not known.question.match(asked)))


def echoes(text: str, asked: str) -> bool:
    """Whether an answer nearly repeats what was asked."""
    said, words = _words(text), _words(asked)
    if len(words) < 2 or not said or len(said) > len(words) + 3:
        return False
    common = _in_common(said, words)
    part = PART_WORDS <= len(said) <= len(words) - 2 and common == len(said) >= PART * len(words)
    return part or common >= ECHO * max(len(said), len(words))


def honest(
    asked: str, write: Callable[[int], Iterable[Part | Glimpse]], language: str = "en", tries: int = 2
) -> Iterator[Part]:
    """The parts of an answer to `asked`, spoken. `write` gives them anew, with the number of the try.

    A sentence that claims an effect is not said, and the honest one in its place ends the answer. One that repeats the
    user is not said, and the answer is written anew; where that does not help the user is told that it was not
    understood.
    """
    for attempt in range(tries):
        parts = iter(write(attempt))
        if not (yield from _try(asked, parts, language)):
            return
        _close(parts)
    yield from _instead(iter(()), 0, words_of(language).not_understood)


def _try(asked: str, parts: Iterator[Part | Glimpse], language: str) -> Generator[Part, None, bool]:
    """Returns whether the answer only repeats the user, of which nothing is said."""
    cannot = words_of(language).cannot
    held: list[Sentence] = []
    told, begun, said = 0, "", ""
    for part in parts:
        text = " ".join(each.text for each in held)
        if isinstance(part, Sentence):
            held.append(part)
            text, said = f"{text} {part.text}".strip(), f"{said} {part.text}"
            is_ours = cannot.startswith(said.strip())
            if not is_ours and claims(f"{begun} {text}".strip(), asked, language):
                yield from _instead(parts, told, cannot)
                return False
            if told == 0 and part.last and echoes(text, asked):
                return True
            if not part.last and not told and _is_open(text, asked, language):
                continue
        elif isinstance(part, Glimpse) and (told or not _settles(text, part.text, asked, language)):
            continue
        yield from _renumbered(held, told)
        told += len(held)
        held, begun = [], "" if _END.search(text) else f"{begun} {text}".strip()
        if not isinstance(part, Sentence | Glimpse):
            yield part
    yield from _renumbered(held, told)
    return False


def _settles(text: str, more: str, asked: str, language: str) -> bool:
    """Whether what is held may be said, as what is written behind it shows that it becomes no claim."""
    words = more.split()[: None if more.endswith(" ") else -1]  # the last one may be but a part
    seen = " ".join([text, *words])
    return len(words) >= TELLING and not _is_open(seen, asked, language) and not claims(seen, asked, language)


def _is_open(text: str, asked: str, language: str) -> bool:
    """Whether it is not known yet if the beginning of an answer may be said: it may become a claim, or a copy of what
    was asked. What begins otherwise is not waited for: whole sentences took 0.4 s more, a coffee order 1.6 s."""
    known = _claims_of(language)
    said, words = _words(text), _words(asked)
    if len(words) > 1 and _in_common(said, words[: len(said) + 1]) >= ECHO * len(said):
        return True
    if _END.search(text) or known.tale.match(asked):
        return False
    return bool((known.begins_own if known.question.match(asked) else known.begins).match(text))


def _instead(parts: Iterator[Part | Glimpse], index: int, text: str) -> Iterator[Part]:
    """The honest sentence ends the answer; of what the model still writes only the end counts."""
    yield Sentence(index, text, True)
    _close(parts)
    yield Written("stop", Usage())


def _renumbered(held: list[Sentence], told: int) -> list[Sentence]:
    return [Sentence(told + at, each.text, each.last) for at, each in enumerate(held)]


def _close(parts: Iterator[Part | Glimpse]) -> None:
    close = getattr(parts, "close", None)
    if close:
        close()


def _words(text: str) -> list[str]:
    return [word.casefold().replace("'", "") for word in _WORD.findall(_LOST.sub(r"\1", text))]


def _in_common(first: list[str], second: list[str]) -> int:
    """Length of the longest common subsequence of words."""
    row = [0] * (len(second) + 1)
    for word in first:
        before = 0
        for at, other in enumerate(second, start=1):
            before, row[at] = row[at], before + 1 if word == other else max(row[at], row[at - 1])
    return row[-1]
