"""Passages: the text of a document -> the parts of it that stand for themselves, each with its sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.*?)\s*#*\s*$")
_ITEM = re.compile(r"^\s*(?:[-*+•]|\d{1,2}[.)])\s+")
_LABEL = re.compile(r"(?:[-*+•] )?\**[A-Z][\w ,/&'’-]{0,48}\**:\**(?:\s|$)")
_ROLE = re.compile(r"(?:Q|A|Question|Answer)\s*[:.)]\s+")
"""What a list of questions and answers begins its lines with."""
_RULE = re.compile(r"\s*(?:[-*_=]\s*){3,}$|[\s|:-]*-[\s|:-]*$")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)\s]*\)")
_MARKS = re.compile(r"(?<!\w)(\*\*|__|\*|_|`)(?=\S)(.+?)(?<=\S)\1(?!\w)")
_NOTE_TO_PROGRAMS = re.compile(r"\s*\([a-z]+(?:_[a-z]+)+\)(?=\s*[:.;]?$)")
"""The name of a function in brackets at the end: "... 9 PM daily (book_business_center):"."""
_SENTENCE = re.compile(r"(?<=[.!?])[\"'”’)]*\s+(?=[\"'“‘(]?[A-Z0-9£$€])")
_MAIN_VERB = re.compile(
    r"\b(?:is|are|has|have|can|may|must|will|do|does|costs?|opens?|closes?|starts?|needs?|offers?|accepts?|takes?|we|"
    r"you|our|your|please)\b",
    re.IGNORECASE,
)
WRAPPED = 50
"""Characters from which a line that ends without a stop is one that was wrapped."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph, an item of a list, a row of a table."""

    document: str
    context: str
    """Title and headings above it, and the line that introduces its list."""
    sentences: tuple[str, ...]
    """They are as they stand there, without Markdown's marks."""
    label: str = ""
    """What stands before the colon of the first sentence; the question, if it answers one; else the heading."""

    @property
    def text(self) -> str:
        return " ".join(self.sentences)


@dataclass(slots=True)
class _Place:
    """Where in a document we are."""

    title: str = ""
    headings: list[tuple[int, str]] = field(default_factory=list)
    intro: str = ""

    @property
    def heading(self) -> str:
        """The heading next above, if it is not that of all."""
        return self.headings[-1][1] if self.headings and self.headings[-1][0] > 1 else ""

    def context(self, document: str) -> str:
        name = re.sub(r"[_\W]+", " ", document.rpartition(".")[0])
        return " / ".join(filter(None, (name, self.title, *(text for _, text in self.headings), self.intro)))


def passages_of(document: str, text: str, abbreviations: tuple[str, ...] = ()) -> Iterator[Passage]:
    """The passages of a document in their order. `abbreviations` are patterns of what ends in a stop and no sentence,
    without the stop, in lower case."""
    ends = re.compile(rf"(?:^|[\s(])(?:{'|'.join(abbreviations)})\.$", re.IGNORECASE) if abbreviations else None
    place = _Place()
    blocks = list(_blocks(text))
    for number, block in enumerate(blocks):
        if number == 0 and len(block) == 1 < len(blocks) and _is_title(block[0]):
            place.title = _plain(block[0])
            continue
        for line in block:
            if heading := _HEADING.match(line):
                depth = len(line.lstrip()) - len(line.lstrip().lstrip("#"))
                place.headings = [each for each in place.headings if each[0] < depth] + [(depth, _plain(heading[1]))]
                place.intro = ""
                continue
            said = _ROLE.sub("", _plain(line), count=1) if _ROLE.match(_plain(line)) else _plain(line)
            if said.endswith("?"):  # a list of questions and answers: the question is the label of what follows
                place.intro = said
                continue
            sentences = tuple(_sentences(said, ends))
            if sentences:
                label = place.intro if place.intro.endswith("?") else _label(said) or place.heading
                yield Passage(document, place.context(document), sentences, label)
            if said.endswith(":"):
                place.intro = said
        if not place.intro.endswith("?") or not block[-1].rstrip().endswith("?"):
            place.intro = place.intro if block[-1].rstrip().endswith(":") else ""


def _is_title(line: str) -> bool:
    """Whether the first line says what the document is about, and no more."""
    head = re.split(r"[,:;]|\b(?:what|how|that|who|where|when|which)\b", line, maxsplit=1, flags=re.IGNORECASE)[0]
    return bool(_HEADING.match(line)) or not _MAIN_VERB.search(head)


def _blocks(text: str) -> Iterator[list[str]]:
    """Paragraphs, each a list of the lines that stand for themselves; wrapped ones are joined."""
    for part in re.split(r"\n\s*\n", text):
        lines: list[str] = []
        for line in part.split("\n"):
            if not line.strip() or _RULE.match(line):
                continue
            if lines and _goes_on(lines[-1], line):
                lines[-1] = f"{lines[-1].rstrip()} {line.strip()}"
            else:
                lines.append(line)
        if lines:
            yield lines


def _goes_on(before: str, line: str) -> bool:
    """Whether a line goes on with the one before."""
    if _HEADING.match(before) or _HEADING.match(line) or _ITEM.match(line) or _LABEL.match(line) or "|" in line[:2]:
        return False
    before = before.rstrip()
    if before.endswith((":", "?")):
        return False
    return line.strip()[0].islower() or len(before) >= WRAPPED


def _plain(line: str) -> str:
    """A line without marks of Markdown; all words stay. The cells of a row are parted by commas."""
    line = line.strip()
    if line.startswith("|"):
        line = ", ".join(cell.strip() for cell in line.strip("|").split("|") if cell.strip())
    line = _LINK.sub(r"\1", _ITEM.sub("", line.removeprefix(">").strip() or "", count=1))
    line = re.sub(r"^#+\s+", "", line)
    for _ in range(2):
        line = _MARKS.sub(r"\2", line)
    return re.sub(r"\s+", " ", _NOTE_TO_PROGRAMS.sub("", line)).strip()


def _label(said: str) -> str:
    found = _LABEL.match(said)
    return found[0].strip(" :*-") if found else ""


def _sentences(said: str, ends: re.Pattern[str] | None) -> Iterator[str]:
    begin = 0
    for found in _SENTENCE.finditer(said):
        so_far = said[begin : found.start()].strip()
        if ends and ends.search(so_far):
            continue
        yield said[begin : found.end()].strip()
        begin = found.end()
    if rest := said[begin:].strip():
        yield rest
