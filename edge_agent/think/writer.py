"""Writer: a Brief -> the parts of the answer, speech or text and calls of tools, while the model is still writing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from edge_agent.clock import Clock
from edge_agent.errors import EngineError
from edge_agent.interfaces import CallingLlm, Wanted
from edge_agent.think.brief import (
    Brief,
    CallArguments,
    CallBegun,
    CallDone,
    Message,
    Part,
    Text,
    Usage,
    Written,
)
from edge_agent.think.brief_prompt import BriefPrompt
from edge_agent.think.grammar import names_grammar
from edge_agent.think.honest import honest
from edge_agent.think.pieces import Limits, Pieces, without_thoughts
from edge_agent.think.render import Render
from edge_agent.think.sentences import SentenceStream
from edge_agent.think.speech import Glimpse, spoken
from edge_agent.think.template import ChatTemplate
from edge_agent.think.tool_formats import ToolFormat
from edge_agent.think.tools import AsSaid, Callee, answer_grammar, callees
from edge_agent.think.unspoken import Unspoken
from edge_agent.types import Sentence
from edge_agent.words import words_of

_DATA_FIRST = ("<", "{", '{"', " {", ' {"', "[", '["', "```", "\n", "\n\n", " ")
"""So no answer begins where a tool has just returned something, and no speech where there is none to call: small models
go on in JSON."""
MOST_CALLS = 8
"""One answer has at most so many calls."""
LONGEST_TOKEN = 128
"""Characters, all blanks (Qwen2.5; SmolLM2: 64). What is so long that it surely fills the context is read no further:
a million characters took 2 s, in which nobody else is answered.
"""


class Writer:
    """One owner thread. Of the conversations it knows nothing but what each Brief says."""

    def __init__(
        self, llm: CallingLlm, template: ChatTemplate, *, limits: Limits, clock: Clock, language: str = "en",
        as_said: AsSaid | None = None,
    ) -> None:  # fmt: skip
        """`language`: of what the model is told beside the Brief, and of the sentences that it writes; `as_said`: makes
        the arguments of a call what the user said; without it they are as written."""
        self._llm, self._template, self._limits, self._clock, self._as_said = llm, template, limits, clock, as_said
        most = LONGEST_TOKEN * llm.context
        self._prompt = BriefPrompt(
            Render(template, lambda text, special: llm.tokenize(text[:most], special=special)),
            llm.forget,
            language=language,
        )
        self._language = language

    def warm_up(self, instructions: str) -> None:
        """Evaluate the instructions and write one token, so that the first answer finds everything in place."""
        greeting = words_of(self._language).greeting
        brief = Brief("", instructions, (Message("", "user", greeting),))
        next(self._llm.generate(self._prompt.tokens(brief, self._llm.context), _always), None)
        self._llm.prefill(self._prompt.head(brief), _always)
        SentenceStream().push(Unspoken().push(greeting))  # their libraries are imported at first use: 0.2 s

    def prepare(self, brief: Brief, wanted: Wanted) -> None:
        """Evaluate what is known of a prompt whose last message the user is still speaking."""
        try:
            known = self._prompt.known(brief, self._budget(brief))
        except EngineError:
            return  # the answer will say it
        self._llm.prefill(known, wanted)

    def write(self, brief: Brief, wanted: Wanted = lambda: True) -> Iterator[Part]:
        """The answer, part by part. Ends early, without a Written, when it is no longer wanted. An `honest` one is what
        may be said of it.

        A call that `max_tokens` cuts in two has no CallDone, and the Written says "length". Raises EngineError for
        tools or a schema that cannot be used, before anything is written; for arguments that do not fit their schema
        though they fit the grammar; and where the prompt does not fit.
        """
        asked = brief.messages[-1].text if brief.messages else ""
        if brief.honest and brief.spoken and brief.messages[-1].role == "user":
            yield from honest(asked, lambda again: self._write(brief, wanted, asked if again else ""), self._language)
        else:
            yield from (part for part in self._write(brief, wanted) if not isinstance(part, Glimpse))

    def _write(self, brief: Brief, wanted: Wanted, avoid: str = "") -> Iterator[Part | Glimpse]:
        """`avoid`: what the answer does not begin with."""
        tools, grammar = callees(brief, self._as_said), answer_grammar(brief, self._template.tools)
        for each in [*(tool.grammar for tool in tools.values()), *([grammar] if grammar else [])]:
            self._llm.check(each)
        prompt = self._prompt.tokens(brief, self._budget(brief))
        cached = self._llm.cached(prompt)
        pieces = Pieces(self._llm.to_bytes, self._limits_of(brief), self._clock)
        answer = _Answer(self._llm, self._template, brief, wanted, prompt, pieces, avoid)
        if brief.tool_choice in ("auto", "none"):
            yield from self._words(answer, tools, grammar)
        else:
            yield from answer.calls(tools)
        if answer.made_up:
            yield from self._write(replace(brief, tools=()), wanted, avoid)
        elif wanted():
            usage = Usage(len(prompt), cached, len(pieces.ids))
            yield Written("length" if pieces.cut or answer.full else "stop", usage)

    def _words(self, answer: _Answer, tools: dict[str, Callee], grammar: str | None) -> Iterator[Part | Glimpse]:
        """Speech or text, and the calls that the model then makes of its own accord."""
        brief, said = answer.brief, list[str]()
        text = answer.text(answer.tools.triggers if tools else (), grammar)
        for part in self._spoken(text) if brief.spoken else map(Text, without_thoughts(text)):
            if isinstance(part, Glimpse):
                yield part
            elif part.text or isinstance(part, Sentence):
                said.append(part.text)
                yield part
        calls = answer.pieces.stop in answer.tools.triggers and bool(tools)
        if calls:
            answer.forget_trigger()
            calls = not brief.one_call or not (said or answer.returned)
        self._prompt.remember(brief.key, (" " if brief.spoken else "").join(said), answer.pieces.ids)
        if calls:
            parts = answer.calls(tools)
            whole = list(parts) if brief.one_call else parts
            yield from () if answer.made_up else whole

    def _spoken(self, pieces: Iterable[str]) -> Iterator[Sentence | Glimpse]:
        least, most = self._limits.first_min_words, self._limits.first_max_words
        return spoken(pieces, SentenceStream(first_min_words=least, first_max_words=most, language=self._language))

    def _limits_of(self, brief: Brief) -> Limits:
        return self._limits if brief.max_tokens is None else replace(self._limits, max_tokens=brief.max_tokens)

    def _budget(self, brief: Brief) -> int:
        """Most tokens of the prompt. An answer longer than usual may fill what the conversation leaves."""
        return self._llm.context - min(self._limits_of(brief).max_tokens, self._limits.max_tokens)


@dataclass
class _Answer:
    """One answer as it grows: `prompt` and the ids of `pieces` are what the context holds."""

    llm: CallingLlm
    template: ChatTemplate
    brief: Brief
    wanted: Wanted
    prompt: list[int]
    pieces: Pieces
    avoid: str = ""
    made_up: bool = False
    """Whether a call is left out, of a Brief with `one_call`: it was cut off, or needs what nobody has said."""

    @property
    def tools(self) -> ToolFormat:
        return self.template.tools

    @property
    def returned(self) -> bool:
        """Whether a tool has just returned something."""
        return bool(self.brief.messages) and self.brief.messages[-1].role == "result"

    @property
    def full(self) -> bool:
        """No token more fits into the context."""
        return len(self.prompt) + len(self.pieces.ids) >= self.llm.context

    def text(self, triggers: Sequence[str] = (), grammar: str | None = None) -> Iterator[str]:
        begun = () if grammar else (*self._not_first(bool(triggers)), *_as_written(self.avoid))
        not_first = [self.llm.tokenize(text, special=True)[0] for text in begun]
        return self.pieces.read(self._tokens(grammar, not_first), (*self.template.stops, *self.brief.stop), triggers)

    def _not_first(self, may_call: bool) -> tuple[str, ...]:
        """What the answer does not begin with. After what a tool returned it is words, in text as in speech: a small
        model calls the same tool again, for ever (Qwen2.5-Coder 0.5B after every third of 30 results)."""
        if self.returned or (self.brief.spoken and not may_call):
            return (self.tools.triggers[0], *_DATA_FIRST)
        return ()

    def forget_trigger(self) -> None:
        """Cut the ids where the model began a call: however it did, it goes on in the format that it was told."""
        ids, trigger = self.pieces.ids, self.pieces.stop_text.encode()
        at, tail = len(ids), b""
        while trigger not in tail and at:
            at -= 1
            tail = self.llm.to_bytes(ids[at]) + tail
        while at and not self.llm.to_bytes(ids[at - 1]):
            at -= 1  # a control token, which has no text: Mistral's models begin a call with one
        ids[at:] = self.llm.tokenize(tail[: tail.find(trigger)].decode(errors="ignore"))
        self.pieces.stop = None

    def calls(self, tools: dict[str, Callee]) -> Iterator[Part]:
        """The calls, the first as it is written; others follow if the model opens another, and it is a new one."""
        call: list[Part] = []
        for part in self._call(tools):
            call.append(part)
            yield part
        made: list[tuple[Part, Any]] = []
        while (meaning := _meaning(call)) and meaning not in made:
            if made:
                yield from call
            made.append(meaning)
            if not self.brief.parallel or len(made) == MOST_CALLS or not self._opens_another():
                return
            call = list(self._call(tools))

    def _call(self, tools: dict[str, Callee]) -> Iterator[Part]:
        """One call, held to the grammar, as it was said. No CallDone if it was cut off or is no longer wanted."""
        between = self.tools.between if self.pieces.ids and not self._ends_line() else ""
        self._write(between + self.tools.opening + self.tools.name)
        name = self._name(tools)
        if name is None:
            return
        yield CallBegun(name)
        self._write(self.tools.arguments)
        arguments = ""
        for piece in self._held_to(tools[name].grammar):
            arguments += piece if arguments else piece.lstrip()
            if "}" in piece and _is_json(arguments):
                break
        if self.pieces.loops:
            arguments, self.pieces.cut = tools[name].without_loop(arguments)
        whole = _is_json(arguments)
        arguments, said = tools[name].called(arguments) if whole else (arguments, False)
        self.made_up = self.brief.one_call and self.wanted() and not said
        yield CallArguments(arguments)
        if whole:
            yield CallDone(arguments)
            self._write(self.tools.closing)

    def _name(self, tools: dict[str, Callee]) -> str | None:
        """The tool that the model chooses; None if it did not come to that."""
        quoted = ""
        for piece in self._held_to(names_grammar(tools)):
            quoted += piece
            if quoted.count('"') == 2:
                return quoted.strip().strip('"')
        return None

    def _opens_another(self) -> bool:
        if self.full:
            return False
        for piece in self.text(self.tools.triggers):
            if piece.strip():
                return False  # words after a call: nobody waits for them
        if self.pieces.stop not in self.tools.triggers:
            return False
        self.forget_trigger()
        return True

    def _held_to(self, grammar: str) -> Iterator[str]:
        return self.pieces.read(self._tokens(grammar))

    def _tokens(self, grammar: str | None, not_first: Sequence[int] = ()) -> Iterator[int]:
        """What follows the prompt and what has been written."""
        brief, context = self.brief, [*self.prompt, *self.pieces.ids]
        return self.llm.generate(
            context, self.wanted, not_first=not_first, grammar=grammar,
            temperature=brief.temperature, top_p=brief.top_p,
        )  # fmt: skip

    def _write(self, text: str) -> None:
        """Put words into the model's mouth."""
        self.pieces.ids += self.llm.tokenize(text, special=True)

    def _ends_line(self) -> bool:
        return self.llm.to_bytes(self.pieces.ids[-1]).endswith(b"\n")


def _as_written(text: str) -> tuple[str, ...]:
    """The first word of a text in the ways in which an answer may begin with it."""
    word = text.split()[0] if text.strip() else ""
    return tuple(
        dict.fromkeys(form for each in (word, word.lower(), word.capitalize()) for form in (each, f" {each}") if each)
    )


def _meaning(call: Sequence[Part]) -> tuple[Part, Any] | None:
    """What is called, and with what; None for a call that is not whole."""
    return (call[0], json.loads(call[-1].arguments)) if call and isinstance(call[-1], CallDone) else None


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _always() -> bool:
    return True
