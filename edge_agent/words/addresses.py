"""Addresses: rules that read out URLs, names of hosts, e-mail addresses and paths, in the words of any language."""

from __future__ import annotations

import re
from dataclasses import dataclass

from edge_agent.words.rules import Rule, rule

_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}"
_TOP_LEVEL = "com|org|net|io|dev|edu|gov|ai|app|co|uk|de|fr|eu|info|tv|ch|nl|es|jp|ca"
_LONGEST_PATH = 3
"""Parts of an address or a file path that are read out; of a longer one only the host, or the file."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """The words for what stands in addresses."""

    at: str
    dot: str
    slash: str
    backslash: str
    dash: str
    underscore: str
    plus: str
    port: str
    home: str
    """What "~" is called in a path."""

    @property
    def rules(self) -> tuple[Rule, ...]:
        return (
            rule(r"(?<![\w.+-])([\w.+-]+)@(" + _HOST + ")", self._email),
            rule(r"\b(?:[A-Za-z][A-Za-z0-9+.]*://|www\.)[^\s<>\"]+", self._url),
            rule(rf"(?<![\w@.-])(?:[A-Za-z0-9-]+\.)+(?:{_TOP_LEVEL})\b(?:/[^\s<>\"]*)?", self._url),
            rule(r"(?<![\w/.~])(?:~|\.{1,2})?(?:/[\w.@-]*[\w@-]){2,}/?|(?<![\w/])~/[\w.@-]*\w", self._path),
            rule(r"\b[A-Z]:(?:\\[\w.@-]*\w)+", self._path),
        )

    def _email(self, match: re.Match[str]) -> str:
        return f"{self._part(match[1])} {self.at} {self._part(match[2])}"

    def _url(self, match: re.Match[str]) -> str:
        """Scheme, "www.", query and fragment are not said."""
        address, stop = re.fullmatch(r"(.*?)([.,;:!?)'\"]*)", match[0], re.DOTALL).groups()  # type: ignore[union-attr]
        address = re.sub(r"^[A-Za-z]+://(?:www\.)?|^www\.", "", address)
        host, _, path = re.sub(r"[?#].*", "", address).partition("/")
        host = re.sub(r":(?=[0-9])", f" {self.port} ", host.rpartition("@")[2])
        parts = [part for part in path.split("/") if part]
        said = [host, *parts] if len(parts) <= _LONGEST_PATH else [host]
        return f" {self.slash} ".join(map(self._part, said)) + stop

    def _path(self, match: re.Match[str]) -> str:
        parts = [self._dotted(part) for part in re.split(r"[/\\]", match[0]) if part]
        if len(parts) > _LONGEST_PATH:
            return parts[-1]
        joint = f" {self.backslash} " if "\\" in match[0] else f" {self.slash} "
        said = joint.join(parts).replace("~", self.home)
        return joint.lstrip() + said if match[0].startswith("/") else said.replace(":", "")

    def _part(self, text: str) -> str:
        text = re.sub("[-_]+", lambda match: f" {self.dash if match[0][0] == '-' else self.underscore} ", text)
        text = re.sub(r"%[0-9A-Fa-f]{2}", " ", text)
        return text.replace(".", f" {self.dot} ").replace("+", f" {self.plus} ")

    def _dotted(self, text: str) -> str:
        return re.sub(r"\.(?=\w)", f" {self.dot} ", text)
