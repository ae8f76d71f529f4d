"""Documents: the files of the folder of answers -> their text, or why a file has none."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

ENDINGS = (".md", ".markdown", ".txt", ".pdf")
LARGEST = 20_000_000
"""Bytes of a file; a larger one is no document that anybody reads out of."""
PAGES = 500
"""Pages of a PDF."""

_CONTROL = re.compile(r"<\|[^|<>\n]{0,60}\|>|</?s>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>")
"""Tokens by which the prompts of the LLMs that we know tell roles apart. They are never words of an answer."""
_COMMENT = re.compile(r"<!--.*?-->|\A---\n.*?\n---\n", re.DOTALL)
"""What Markdown does not show: comments, and the front matter."""
_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b[^.\n]{0,40}\b(?:instructions?|prompts?|rules?)\b|\bsystem prompt\b|"
    r"^\s*(?:system|assistant|user)\s*:",
    re.IGNORECASE | re.MULTILINE,
)
"""What is written for an LLM and not for people."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file that can be quoted."""

    name: str
    """The path below the folder."""
    text: str
    dropped: int = 0
    """Lines that are orders to an LLM, and are therefore no text of it."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that cannot be quoted."""

    name: str
    why: str
    """One sentence for the owner."""


def files_of(folder: Path) -> list[Path]:
    """The files in `folder` and below it, those of editors and systems (".x") apart; by name."""
    if not folder.is_dir():
        return []
    found = (file for file in folder.rglob("*") if file.is_file())
    return sorted(file for file in found if not any(part.startswith(".") for part in file.relative_to(folder).parts))


def read(file: Path, folder: Path) -> Document | Unreadable:
    """The text of one file, or the reason why there is none."""
    name = file.relative_to(folder).as_posix()
    if file.suffix.lower() not in ENDINGS:
        return Unreadable(name, f"{name} is not read: answers are taken from .md, .txt and .pdf files.")
    try:
        if file.stat().st_size > LARGEST:
            return Unreadable(name, f"{name} is larger than {LARGEST // 1_000_000} MB.")
        text = _pdf(file) if file.suffix.lower() == ".pdf" else _plain(file)
    except (OSError, ValueError) as error:
        return Unreadable(name, f"{name} cannot be read ({error}).")
    text, dropped = _cleaned(text)
    if not text.strip():
        scanned = "; it may be scanned: pictures of text cannot be read" if file.suffix.lower() == ".pdf" else ""
        return Unreadable(name, f"{name} has no text{scanned}.")
    return Document(name, text, dropped)


def _plain(file: Path) -> str:
    data = file.read_bytes()
    if b"\0" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ValueError("it is no text")
    for encoding in ("utf-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValueError("it is neither UTF-8 nor Windows-1252")


def _pdf(file: Path) -> str:
    """The text of all pages. Raises ValueError for one that is encrypted or damaged."""
    import logging

    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it has a warning for most of what office programs write
    try:
        reader = PdfReader(file)
        if reader.is_encrypted and not reader.decrypt(""):
            raise ValueError("it needs a password")
        return "\n\n".join(page.extract_text() for page in reader.pages[:PAGES])
    except (PyPdfError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError) as error:
        raise ValueError(f"it is damaged: {error}") from error


def _cleaned(text: str) -> tuple[str, int]:
    """Text without control characters, and without lines that are written for an LLM; and how many of these."""
    text = _COMMENT.sub("", text)
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = "".join(each for each in text if each in "\n\t" or unicodedata.category(each) not in ("Cc", "Cf", "Co"))
    lines = text.split("\n")
    kept = ["" if _CONTROL.search(line) or _ORDERS.search(line) else line for line in lines]
    return "\n".join(kept), sum(1 for old, new in zip(lines, kept, strict=True) if old != new)
