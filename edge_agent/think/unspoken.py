"""Takes out of a streamed answer what is never spoken: thoughts, code, tables, markup, emoji.

A language model writes Markdown, whatever its instructions say. Plain text passes at once; held back is only
what may still turn out to be markup. The engine is the *partial match* of the package `regex`: a rule that
could match if more text came makes us wait, one that matches acts, and a character that no rule wants is
spoken.

Everything is fed one character at a time, so the result cannot depend on how the text was cut into pieces.
"""

from __future__ import annotations

import html
from functools import cache
from typing import Any, Literal

Mode = Literal["line start", "in line", "in code", "thinking"]

BREAK = "\n\n"
"""What a list item, a heading or a paragraph ends with: a sentence never goes across it."""

_EMOJI = (
    r"[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\uFE0E\uFE0F\u20E3\u2500-\u27BF"
    r"\U000E0020-\U000E007F--[©®™]]"
)
_TARGET = r"\((?:[^()\n]|\([^()\n]*\)){0,500}\)"

# In order: the first rule that matches, or that still may, decides.
_RULES: dict[Mode, tuple[tuple[str, str], ...]] = {
    "thinking": (("thought end", r"</think(?:ing)?>"),),
    "in code": (("code end", r"[ \t]*(`{3,}|~{3,})[ \t]*\n"), ("dropped", r"[^\n]*\n")),
    "line start": (
        ("thought", r"<think(?:ing)?>"),
        ("code", r"[ \t]*(`{3,}|~{3,})[^`\n]*\n"),
        ("dropped", r"[ \t]*\|[^\n]*\n"),  # a table
        ("heading", r"[ \t]*\#{1,6}[ \t]+(?=\S)"),
        ("bullet", r"[ \t]*[-*+•‣◦▪●][ \t]+(?=\S)"),
        ("number", r"[ \t]*(\d{1,3})[.)][ \t]+(?=\S)"),
        ("quote", r"[ \t]*>"),
        (
            "dropped",
            r"[ \t]*(?:[-*_=|:][-*_=|: \t]*)?\n",
        ),  # a rule, an underline, the middle of a table, nothing
        ("indent", r"[ \t]+(?=\S)"),
    ),
    "in line": (
        ("thought", r"<think(?:ing)?>"),
        ("line end", r"[ \t]*\n"),
        ("code span", r"(`+)([^`\n]{1,80})\1"),
        ("markup", r"`|~~"),
        ("escape", r"\\([!-/:-@\[-`{-~])"),
        ("markup", r"!\[[^\[\]\n]{0,300}\]" + _TARGET),  # an image
        ("markup", r"\[\^[^\[\]\n]{1,20}\]:?"),  # a footnote
        ("link", r"\[((?:[^\[\]\n]|!?\[[^\[\]\n]*\]){0,300})\](?:" + _TARGET + r"|\[[^\[\]\n]{0,100}\])"),
        ("link", r"<((?:https?://|mailto:)[^<>\s]{1,300})>"),
        ("break", r"<(?:br|hr|/(?:p|li|div|tr|h[1-6]|think|thinking))\b[^<>\n]{0,40}>"),
        ("markup", r"</?[a-z][^<>\n]{0,120}>|<!--[^<>]{0,500}-->|<\|[^<>|\n]{1,40}\|>"),
        ("entity", r"&(?:[a-z]{2,10}|\#\d{1,7}|\#x[0-9a-f]{1,6});"),
        ("stars", r"\*+(?=[^*])"),
        ("underscores", r"_+(?=[^_])"),
        ("emoji", rf"[ \t]*{_EMOJI}(?:{_EMOJI}|\u200D)*(?=[^\u200D])"),
        ("spaces", r"[ \t\xA0]+(?=[^ \t\xA0])"),
    ),
}


@cache
def _compiled() -> dict[Mode, tuple[tuple[str, Any], ...]]:
    import regex  # type: ignore[import-untyped]

    flags = regex.IGNORECASE | regex.VERSION1
    return {
        mode: tuple((name, regex.compile(pattern, flags)) for name, pattern in rules) for mode, rules in _RULES.items()
    }


class Unspoken:
    """The filter for one answer. Make a new one for each answer.

    `thinking` says that the prompt has already opened the `<think>` block: everything up to the closing tag
    is dropped. A block that is never closed is dropped to its end, and so is a code fence.
    """

    def __init__(self, *, thinking: bool = False) -> None:
        self._rules = _compiled()
        self._mode: Mode = "thinking" if thinking else "line start"
        self._held = ""
        self._out: list[str] = []
        self._last = "\n"
        """The last character given out."""
        self._ends_hard = False
        """This line is a list item or a heading: its end is the end of a sentence."""
        self._line_ended = False
        """A plain line has ended; what the next one begins with says whether the sentence goes on."""
        self._fence = ""
        self._number = 0

    def push(self, piece: str) -> str:
        """What of the text so far can be spoken now."""
        for char in piece:
            if char != "\r":
                self._feed(char)
        return self._take()

    def finish(self) -> str:
        """The rest. A construct that was never completed is taken for what it looks like."""
        self._feed("\n")
        held, self._held = self._held, ""
        if self._mode == "in line":  # an unclosed comment or link across lines
            self._speak(held)
        return self._take()

    def _take(self) -> str:
        text = "".join(self._out)
        self._out.clear()
        return text

    def _feed(self, char: str) -> None:
        if self._mode == "in line" and not self._held and char.isalpha():  # nearly all of a text
            self._speak(char)
            return
        self._held += char
        while self._held and self._step():
            pass

    def _step(self) -> bool:
        """Deal with the beginning of what is held. False if more text is needed to know what it is."""
        for name, pattern in self._rules[self._mode]:
            match = pattern.match(self._held, partial=True)
            if match is None:
                continue
            if match.partial:
                return False
            if name == "number" and int(match[1]) not in (1, self._number + 1):
                continue  # "42. That is the answer." is no list
            self._held = self._held[match.end() :]
            self._act(name, match)
            return True
        self._plain()
        return True

    def _plain(self) -> None:
        """No rule wants the first character."""
        if self._mode == "line start":
            if self._line_ended:
                self._speak(" " if self._held[0].islower() else BREAK)
            self._line_ended = False
            self._mode = "in line"
            return
        char, self._held = self._held[0], self._held[1:]
        if self._mode == "in line":
            self._speak(char)

    def _act(self, name: str, match: Any) -> None:
        match name:
            case "thought" | "code" | "thought end" | "code end" | "line end":
                self._change_mode(name, match)
            case "heading" | "bullet" | "number":
                self._break()
                self._ends_hard = True
                self._number = int(match[1]) if name == "number" else self._number
                self._mode = "in line" if name == "heading" else "line start"
            case "dropped" | "break":
                self._break()
            case "code span":
                self._speak(match[2])
            case "link":
                self._held = match[1] + self._held  # the text of a link may hold emphasis
            case "escape":
                self._speak(match[1])
            case "entity":
                self._speak(html.unescape(match[0]))
            case "stars" | "underscores" | "emoji" | "spaces":
                self._speak(self._between(name, match[0], self._held[0]))

    def _change_mode(self, name: str, match: Any) -> None:
        match name:
            case "thought":
                self._mode = "thinking"
            case "thought end":
                self._break()
                self._mode = "line start"
            case "code":
                self._break()
                self._fence, self._mode = match[1], "in code"
            case "code end" if match[1].startswith(self._fence):
                self._mode = "line start"
            case "line end":
                if self._ends_hard:
                    self._break()
                self._line_ended = not self._ends_hard
                self._ends_hard = False
                self._mode = "line start"

    def _between(self, name: str, text: str, following: str) -> str:
        """What stays of a run of stars, underscores, emoji or spaces, by the characters around it."""
        match name:
            case "stars":  # 2 * 3, 2*3
                product = (self._last.isspace() and following.isspace()) or (
                    self._last.isdigit() and following.isdigit()
                )
                return text if product else ""
            case "underscores":  # snake_case
                return text if self._last.isalnum() and following.isalnum() else ""
            case "emoji":
                return " " if self._last.isalnum() and following.isalnum() else ""
            case _:
                return "" if self._last.isspace() or following == "\n" else " "

    def _speak(self, text: str) -> None:
        if text:
            self._out.append(text)
            self._last = text[-1]

    def _break(self) -> None:
        self._line_ended = False
        if self._last != "\n":
            self._speak(BREAK)
