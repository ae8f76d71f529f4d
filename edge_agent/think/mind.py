"""Mind: what the user said -> the sentences of the answer, while the model is still writing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from edge_agent.clock import Clock
from edge_agent.interfaces import Llm
from edge_agent.ledger import Said
from edge_agent.think.pieces import Limits, Pieces
from edge_agent.think.prompt import Prompt
from edge_agent.think.sentences import SentenceStream
from edge_agent.think.template import ChatTemplate
from edge_agent.think.unspoken import Unspoken
from edge_agent.types import Heard, Sentence
from edge_agent.words import words_of

_STAMP_OPENS = "("
"""No answer begins so: of 161 texts 10 were answered with a copy of the stamp, of which each word takes its time."""


class Mind:
    """One owner thread. `clock` measures the time ceiling, `today` is the wall clock that the model is told."""

    def __init__(
        self,
        llm: Llm,
        template: ChatTemplate,
        *,
        persona: str,
        limits: Limits,
        clock: Clock,
        today: Callable[[], datetime],
        language: str = "en",
    ) -> None:
        """`language`: in which the model is told date and time."""
        self._llm, self._limits, self._clock, self._today = llm, limits, clock, today
        self._template, self._persona, self._words = template, persona, words_of(language)
        self.reset()

    def reset(self) -> None:
        """Forget the conversation: the next turn is the first."""
        self._stamped: tuple[int | None, str] = None, ""
        """The turn that is under way and when it began."""
        self._prompt = Prompt(
            self._template,
            lambda text, special: self._llm.tokenize(text, special=special),
            self._persona,
            budget=self._llm.context - self._limits.max_tokens,
            forget=self._llm.forget,
        )

    def warm_up(self) -> None:
        """Evaluate the persona and decode one token, so that the first turn finds everything in place."""
        next(self._llm.generate(self._prompt.tokens(0, self._words.greeting, ()), _always), None)
        self._llm.prefill(self._prompt.head(), _always)
        SentenceStream().push(Unspoken().push(self._words.greeting))  # their libraries are imported at first use: 0.2 s
        self.reset()

    def prepare(self, turn: int, said: str, history: Sequence[Said], wanted: Callable[[], bool]) -> None:
        """Evaluate what is known of the prompt while the user speaks: history, date, time, what was `said` so far.

        With Qwen 0.5B on two cores each token known is 5 ms less to do when the user has finished. The last word is
        left out: it may be but a part.
        """
        stamp = self._stamp(turn)
        known = self._prompt.tokens(turn, " ".join([stamp, *said.split()[:-1]]), history)
        self._llm.prefill(known[: -self._prompt.tail_length], wanted)

    def think(
        self, turn: int, heard: Heard, history: Sequence[Said], wanted: Callable[[], bool] = lambda: True
    ) -> Iterator[Sentence]:
        """The answer, sentence by sentence; exactly one has `last`. Ends early when it is no longer wanted."""
        stamp = self._stamp(turn)
        prompt = self._prompt.tokens(turn, f"{stamp} {heard.text}", history)
        limits = self._limits
        stream = SentenceStream(
            first_min_words=limits.first_min_words,
            first_max_words=limits.first_max_words,
            language=self._words.language,
        )
        unspoken = Unspoken()
        spoken: list[str] = []
        pieces = Pieces(self._llm.to_bytes, limits, self._clock)
        tokens = self._llm.generate(prompt, wanted, not_first=self._llm.tokenize(_STAMP_OPENS))
        for piece in without_echo(stamp, pieces.read(tokens, self._template.stops)):
            for sentence in stream.push(unspoken.push(piece)):
                spoken.append(sentence.text)
                yield sentence
        rest = [*stream.push(unspoken.finish()), *stream.finish()]
        spoken += [sentence.text for sentence in rest if sentence.text]
        self._prompt.remember(turn, " ".join(spoken), pieces.ids)
        yield from rest

    def _stamp(self, turn: int) -> str:
        """The same however often a turn is prepared, or the model's cache of the prompt is lost."""
        if self._stamped[0] != turn:
            self._stamped = turn, time_stamp(self._today(), self._words.language)
        return self._stamped[1]


def time_stamp(now: datetime, language: str = "en") -> str:
    """Date and time, in the form that small models repeat least (decision 0003)."""
    return f"{_STAMP_OPENS}{words_of(language).time_stamp(now)})"


def without_echo(stamp: str, pieces: Iterable[str]) -> Iterator[str]:
    """The pieces of an answer, less a copy of `stamp` at its beginning: small models now and then repeat it."""
    begun: str | None = ""
    for piece in pieces:
        if begun is None:
            yield piece
            continue
        begun += piece
        text = begun.lstrip()
        if text.startswith(stamp):
            yield text[len(stamp) :]
            begun = None
        elif not stamp.startswith(text):
            yield begun
            begun = None
    if begun:
        yield begun


def _always() -> bool:
    return True
