"""Sentences: what people say to each skill, and what it answers: words/<language>/skills/*.yaml and the owner's files.

The form is that of Home Assistant's custom sentences, read by hassil; `answers` and what else a skill needs in a
language stand beside them.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from edge_agent.errors import ConfigError
from edge_agent.words import FALLBACK, FOLDER, code_of

log = logging.getLogger(__name__)

COMMON = "common"
"""The file of what all skills of a language share."""
PLACES = 4
"""Times that one sentence may have."""
_MERGED = ("intents", "expansion_rules", "lists")


def placeholder(kind: str, at: int) -> str:
    """The word that stands for a time in what is matched: no time is matched twice, by two sets of rules."""
    return f"q{kind}{'abcd'[at]}"


class Sentences:
    """The sentences of one language, English ones where it has none. Matching them the first time takes 0.3 s."""

    def __init__(self, language: str = FALLBACK, own: Path | None = None) -> None:
        """`own`: a folder whose files add sentences; of two that fit, those win. A file that cannot be read is left
        out, with a line in the log."""
        code = code_of(language)
        self.language = code if (FOLDER / code / "skills").is_dir() else FALLBACK
        self._skills = _ours(self.language)
        self._own: dict[str, dict[str, Any]] = _readable(own, self.language) if own else {}

    @property
    def common(self) -> Mapping[str, Any]:
        return self._skills[COMMON]

    def of(self, skill: str) -> Mapping[str, Any]:
        """All that a skill's file holds."""
        return self._skills.get(skill, {})

    def answers(self, skill: str = COMMON) -> Answers:
        """The answers of a skill, with those that all share."""
        templates = {**self.common["answers"], **self.of(skill).get("answers", {})}
        return Answers(templates, self.common.get("joins", {}), self.common.get("person", ()))

    def skill_of(self, intent: str) -> str:
        """The skill whose file names the intent first, ours before the owner's."""
        for name, content in (*self._skills.items(), *self._own.items()):
            if intent in content.get("intents", {}):
                return name
        raise KeyError(intent)

    @property
    def intents(self) -> Any:
        """What hassil matches: ours."""
        return _our_intents(self.language)

    @cached_property
    def own_intents(self) -> Any | None:
        """The owner's, with the lists and rules of ours; None if there are none."""
        if not any(content.get("intents") for content in self._own.values()):
            return None
        return _merged(self.language, self._own)


class Answers:
    """The answers of one skill, as templates with names in braces."""

    def __init__(
        self, templates: Mapping[str, str], joins: Mapping[str, str], person: Iterable[tuple[str, str]] = ()
    ) -> None:
        """`joins`: what becomes of words that meet where a value is put in: "for on Friday" is said "for Friday".
        `person`: patterns of what is said of oneself, and what others say instead."""
        self._templates, self._joins = templates, joins
        self._person = [(re.compile(pattern, re.IGNORECASE), other) for pattern, other in person]

    def __call__(self, answer: str, /, **values: object) -> str:
        return self.of(self._templates[answer], **values)

    def of(self, template: str, **values: object) -> str:
        """The same of a template that is none of the skill's answers."""
        said = template.format(**values)
        for met, joined in self._joins.items():
            said = said.replace(met, joined)
        return re.sub(r"(?:^|(?<=[.!?] ))[a-z]", lambda first: first[0].upper(), said)

    def to_you(self, said: str) -> str:
        """The user's words as they are said to them: my key is in the drawer -> your key is in the drawer."""
        if not self._person:
            return said
        one = "|".join(f"({pattern.pattern})" for pattern, _ in self._person)

        def swap(found: re.Match[str]) -> str:
            return next(other for pattern, other in self._person if pattern.fullmatch(found[0]))

        return re.sub(one, swap, said, flags=re.IGNORECASE)


@lru_cache(4)
def _ours(language: str) -> dict[str, dict[str, Any]]:
    """What our files hold, by skill: read once, however many conversations there are."""
    return {file.stem: _read(file) for file in sorted((FOLDER / language / "skills").glob("*.yaml"))}


@lru_cache(4)
def _our_intents(language: str) -> Any:
    return _merged(language, _ours(language))


def _merged(language: str, sources: Mapping[str, Mapping[str, Any]]) -> Any:
    """The intents of the sources, with the lists and rules of ours."""
    from hassil import Intents

    merged: dict[str, Any] = {"language": language, **{group: {} for group in _MERGED}}
    for shared in _ours(language).values():
        for group in ("expansion_rules", "lists"):
            merged[group].update(shared.get(group, {}))
    for source in sources.values():
        for group in _MERGED:
            merged[group].update(source.get(group, {}))
    for kind in ("when", "duration"):
        places = [{"in": placeholder(kind, at), "out": placeholder(kind, at)} for at in range(PLACES)]
        merged["lists"][kind] = {"values": places}
    return Intents.from_dict(merged)


def _read(file: Path) -> dict[str, Any]:
    """Raises ConfigError with what is wrong, and where."""
    import yaml

    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C takes a tenth of the time
        content = yaml.load(file.read_text(encoding="utf-8"), loader)
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        place = getattr(error, "problem_mark", None)
        where = f", line {place.line + 1}" if place else ""
        raise ConfigError(f"The sentences in {file}{where} cannot be read.", fix=f"edit {file}") from error
    if not isinstance(content, dict):
        raise ConfigError(f"The sentences in {file} are no mapping with `intents`.", fix=f"edit {file}")
    return content


def _readable(folder: Path, language: str) -> dict[str, dict[str, Any]]:
    found = {}
    for file in sorted(folder.glob("*.yaml")):
        try:
            content = checked(file)
        except ConfigError as error:
            log.warning("%s It is left out.", error)
            continue
        if code_of(str(content.get("language", language))) == language:
            found[file.stem] = content
    return found


def checked(file: Path) -> dict[str, Any]:
    """An owner's file. Raises ConfigError for what cannot be used: for `doctor`, and for whoever reads them."""
    from hassil.errors import HassilError
    from hassil.parse_expression import parse_sentence
    from hassil.parser import ParseError

    content, intent, sentence = _read(file), "", ""
    try:
        for intent, entry in content.get("intents", {}).items():  # noqa: B007 - both are told of where it fails
            for data in entry["data"]:
                for sentence in data["sentences"]:
                    parse_sentence(sentence)
    except (AttributeError, KeyError, TypeError) as error:
        raise ConfigError(
            f"In {file} the intent {intent!r} must have `data`, a list of entries with `sentences`.",
            fix=f"edit {file}",
        ) from error
    except (ParseError, HassilError, ValueError, AssertionError, IndexError, RecursionError) as error:
        said = re.sub(r"\s+", " ", str(error))
        raise ConfigError(
            f"In {file} the sentence {sentence!r} of {intent!r} cannot be used: {said}.", fix=f"edit {file}"
        ) from error
    return content
