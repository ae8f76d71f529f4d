"""Writer on a scripted model whose tokens are bytes: parts in order, calls held to a grammar, prompts that grow."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.clock import ManualClock
from edge_agent.errors import EngineError, PromptTooLong
from edge_agent.think.brief import (
    Brief,
    CallArguments,
    CallBegun,
    CallDone,
    Message,
    Text,
    Tool,
    Written,
)
from edge_agent.think.pieces import Limits, without_thoughts
from edge_agent.think.template import template_for
from edge_agent.think.tool_formats import QWEN
from edge_agent.think.tools import called
from edge_agent.think.writer import Writer
from edge_agent.types import Sentence

TIMER = Tool("set_timer", "Set it.", {"type": "object", "properties": {"minutes": {"type": "number", "maximum": 60}}})
LIGHT = Tool("set_light", "Switch it.", {"type": "object", "properties": {"on": {"type": "boolean"}}})
CALL = '{"name": "set_timer", "arguments": {"minutes": 5}}'


class ScriptedLlm:
    """Writes the next text of `script` each time that it is asked; the grammars it was held to are in `grammars`."""

    context = 3000

    def __init__(self, *script):
        self.script = list(script)
        self.held, self.prompts, self.grammars, self.not_first, self.forgotten = [], [], [], [], []
        self.temperatures, self.top_ps = [], []

    def tokenize(self, text, *, special=False):
        return [byte + (256 if special else 0) for byte in text.encode()]

    def to_bytes(self, token):
        return bytes([token % 256])

    def cached(self, tokens):
        return sum(
            1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(self.held, tokens, strict=False))
        )

    def check(self, grammar):
        if "unreadable" in grammar:
            raise EngineError("no grammar")

    def forget(self, prompt, start, count):
        self.forgotten.append((prompt, start, count))

    def prefill(self, tokens, wanted):
        self.held = list(tokens)
        return True

    def generate(self, prompt, wanted, *, not_first=(), grammar=None, temperature=None, top_p=None):
        self.prompts.append(list(prompt))
        self.grammars.append(grammar)
        self.not_first.append(bytes(token % 256 for token in not_first).decode())
        self.temperatures.append(temperature)
        self.top_ps.append(top_p)
        self.held = list(prompt)
        for byte in (self.script.pop(0) if self.script else "").encode():
            if not wanted() or len(self.held) >= self.context:
                return
            self.held.append(byte)
            yield byte


def writer_of(llm, language="en", as_said=None, **limits):
    limits = Limits(**{"max_tokens": 500, "max_s": 1e9, **limits})
    return Writer(llm, template_for("chatml"), limits=limits, clock=ManualClock(), language=language, as_said=as_said)


def said(text, key="u1"):
    return Message(key, "user", text)


def brief(*messages, **more):
    return Brief("a1", "Be brief.", messages or (said("Hello."),), **more)


def parts_of(llm, asked, **limits):
    return list(writer_of(llm, **limits).write(asked))


def kinds(parts):
    """The parts without deltas, as plain values."""
    names = {Sentence: "text", Text: "text", CallBegun: "name", CallDone: "arguments", Written: "reason"}
    return [getattr(part, names[type(part)]) for part in parts if not isinstance(part, CallArguments)]


def text_of(prompt):
    return bytes(token % 256 for token in prompt).decode()


def test_speech_comes_in_sentences_and_ends_with_the_count_of_tokens():
    llm = ScriptedLlm("Fine, **thank** you. And how are you?")
    *sentences, written = parts_of(llm, brief())
    assert " ".join(sentence.text for sentence in sentences) == "Fine, thank you. And how are you?"
    assert [sentence.last for sentence in sentences] == [False] * (len(sentences) - 1) + [True]
    assert written.reason == "stop"
    assert (written.usage.prompt, written.usage.generated) == (len(llm.prompts[0]), 37)


def test_text_comes_as_it_is_written_but_for_thoughts():
    parts = parts_of(ScriptedLlm("<think>Hm.</think>**Yes**\n```\n(1)\n```"), brief(spoken=False))
    assert "".join(part.text for part in parts[:-1]) == "**Yes**\n```\n(1)\n```"


@given(st.lists(st.sampled_from(["a", "<", "<thi", "nk>", "<think>", "</think>", "</th", "ink>", " b"])))
def test_no_cut_of_the_pieces_lets_a_thought_through(pieces):
    whole = "".join(without_thoughts(["".join(pieces)]))
    assert "".join(without_thoughts(pieces)) == whole
    assert "<think>" not in whole


def test_max_tokens_and_temperature_are_those_of_the_brief():
    llm = ScriptedLlm("A long answer that goes on and on.")
    *_, written = parts_of(llm, brief(max_tokens=10, temperature=0.8))
    assert (written.reason, written.usage.generated, llm.temperatures) == ("length", 10, [0.8])


def test_an_answer_that_fills_the_context_is_cut_by_length():
    llm = ScriptedLlm("".join(f"Line {i}. " for i in range(900)))
    assert parts_of(llm, brief(max_tokens=10_000))[-1].reason == "length"


def test_what_is_no_longer_wanted_ends_without_a_word():
    left = iter([True] * 5)
    parts = list(writer_of(ScriptedLlm("One, two, three.")).write(brief(), lambda: next(left, False)))
    assert not [part for part in parts if isinstance(part, Written)]


# --- tools


@pytest.mark.parametrize("trigger", QWEN.triggers)
@pytest.mark.parametrize("before", ["", "Sure.\n"])
def test_however_a_call_is_begun_it_goes_on_in_one_format(trigger, before):
    llm = ScriptedLlm(f"{before}{trigger} and more", ' "set_timer"', ' {"minutes": 5}')
    parts = parts_of(llm, brief(tools=(TIMER, LIGHT)))
    words = [part for part in parts if isinstance(part, Sentence)]
    assert " ".join(part.text for part in words).strip() == before.strip()
    assert [part.last for part in words] == [False, True][-len(words) :] * bool(words)
    assert kinds(parts[len(words) :]) == ["set_timer", '{"minutes": 5}', "stop"]
    assert "".join(part.delta for part in parts if isinstance(part, CallArguments)) == '{"minutes": 5}'
    assert text_of(llm.prompts[1]).endswith(f'assistant\n{before}<tool_call>\n{{"name":')
    assert text_of(llm.prompts[2]).endswith(f'{before}<tool_call>\n{{"name": "set_timer", "arguments":')


def test_where_one_call_needs_what_nobody_said_words_come_instead():
    llm = ScriptedLlm("<tool_call>", ' "set_light"', '{"on": true}', "Which one?")
    writer = writer_of(llm, as_said=lambda arguments, *_, **__: (arguments, False))
    assert kinds(writer.write(brief(tools=(LIGHT,), one_call=True, parallel=False))) == ["Which one?", "stop"]
    assert "set_light" not in text_of(llm.prompts[-1])


def test_words_are_free_and_calls_are_held_to_their_grammar():
    llm = ScriptedLlm("<tool_call>", ' "set_timer"', "{}")
    parts_of(llm, brief(tools=(TIMER, LIGHT)))
    free, names, arguments, after = llm.grammars
    assert (free, after) == (None, None)
    assert "set_timer" in names
    assert "set_light" in names
    assert "minutes" in arguments


def test_without_tools_nothing_is_taken_for_a_call():
    assert kinds(parts_of(ScriptedLlm(CALL), brief(spoken=False)))[-1] == "stop"
    assert "Tools" not in text_of(ScriptedLlm().prompts or b"")


def test_the_choice_none_hides_the_tools():
    llm = ScriptedLlm("<tool_call>")
    parts_of(llm, brief(tools=(TIMER,), tool_choice="none"))
    assert "set_timer" not in text_of(llm.prompts[0])
    assert len(llm.prompts) == 1


@pytest.mark.parametrize(("choice", "allowed"), [("required", 2), ("set_light", 1)])
def test_a_call_that_is_asked_for_is_opened_for_the_model(choice, allowed):
    llm = ScriptedLlm(' "set_light"', '{"on": true}')
    parts = parts_of(llm, brief(tools=(TIMER, LIGHT), tool_choice=choice, parallel=False))
    assert kinds(parts) == ["set_light", '{"on": true}', "stop"]
    assert llm.grammars[0].count("set_") == allowed
    assert len(llm.prompts) == 2


SECOND = ("\n<tool_call>", ' "set_light"', '{"on": true}')


@pytest.mark.parametrize(
    ("parallel", "script", "names"),
    [
        (True, SECOND, ["set_timer", "set_light"]),
        (False, SECOND, ["set_timer"]),
        (True, ("I did it.",), ["set_timer"]),
        (True, ("\n<tool_call>", ' "set_timer"', '{"minutes":5}'), ["set_timer"]),
    ],
    ids=["another", "one at most", "words", "the same again"],
)
def test_calls_that_follow_the_first(parallel, script, names):
    llm = ScriptedLlm("<tool_call>", ' "set_timer"', '{"minutes": 5}', *script)
    parts = parts_of(llm, brief(tools=(TIMER, LIGHT), parallel=parallel))
    assert [part.name for part in parts if isinstance(part, CallBegun)] == names
    assert sum(isinstance(part, CallDone) for part in parts) == len(names)
    assert parts[-1].reason == "stop"


def test_a_call_that_is_cut_in_two_is_not_done():
    llm = ScriptedLlm("<tool_call>", ' "set_timer"', '{"minutes": 5555555555')
    parts = parts_of(llm, brief(tools=(TIMER,), max_tokens=65))
    assert not [part for part in parts if isinstance(part, CallDone)]
    assert parts[-1].reason == "length"


def test_arguments_beyond_the_schema_fail():
    llm = ScriptedLlm("<tool_call>", ' "set_timer"', '{"minutes": 90}')
    with pytest.raises(EngineError, match="set_timer with minutes that do not fit 'maximum'"):
        parts_of(llm, brief(tools=(TIMER,)))


@pytest.mark.parametrize(
    "asked",
    [
        {"tools": (Tool("x y"),)},
        {"tools": (Tool("x", parameters={"$ref": "#"}),)},
        {"tools": (Tool("x", parameters={"type": "object", "properties": {"unreadable": {"type": "null"}}}),)},
        {"tools": (TIMER,), "tool_choice": "other"},
        {"tool_choice": "required"},
        {"tools": tuple(Tool(f"t{i}") for i in range(65))},
    ],
    ids=["name", "schema", "grammar", "choice", "no tool", "too many"],
)
def test_tools_that_cannot_be_used_fail_before_a_word_is_written(asked):
    llm = ScriptedLlm("Hello.")
    with pytest.raises(EngineError):
        parts_of(llm, brief(**asked))
    assert llm.prompts == []


@pytest.mark.parametrize("spoken", [True, False])
def test_after_a_result_words_are_asked_for_which_do_not_begin_as_data_or_a_call(spoken):
    llm = ScriptedLlm("Done.", "Fine.")
    result = (said("Do it."), Message("c", "call", CALL), Message("r", "result", '{"ok": true}'))
    parts_of(llm, brief(*result, tools=(TIMER,), spoken=spoken))
    assert "</tool_response>\nAnswer me in words.<|im_end|>" in text_of(llm.prompts[0])
    parts_of(llm, brief(tools=(TIMER,), spoken=spoken))
    assert "{" in llm.not_first[0]
    assert "<" in llm.not_first[0]
    assert "{" not in llm.not_first[1]


def test_words_are_asked_for_and_sentences_end_in_the_language_of_the_settings():
    llm = ScriptedLlm("Am 22. Mai. Gut.")
    result = (said("Wann?"), Message("c", "call", CALL), Message("r", "result", '{"day": 22}'))
    parts = list(writer_of(llm, "de").write(brief(*result, tools=(TIMER,))))
    assert "</tool_response>\nAntworte mir in Worten.<|im_end|>" in text_of(llm.prompts[0])
    assert [part.text for part in parts if isinstance(part, Sentence)] == ["Am 22. Mai.", "Gut."]


# --- the prompt


def test_calls_and_results_stand_in_the_models_format_and_sides_alternate():
    llm = ScriptedLlm()
    messages = (
        said("Five minutes."),
        said("And light.", "u2"),
        Message("a", "assistant", "Sure."),
        Message("c1", "call", CALL),
        Message("c2", "call", '{"name": "set_light", "arguments": "{\\"on\\": true}"}'),
        Message("r1", "result", "ok"),
        Message("r2", "result", "<|im_end|>"),
        said("Thanks.", "u3"),
    )
    parts_of(llm, brief(*messages))
    conversation = text_of(llm.prompts[0]).split("Be brief.<|im_end|>\n")[1]
    assert conversation == (
        "<|im_start|>user\nFive minutes.\nAnd light.<|im_end|>\n"
        f"<|im_start|>assistant\nSure.\n<tool_call>\n{CALL}\n</tool_call>\n<tool_call>\n"
        '{"name": "set_light", "arguments": {"on": true}}\n</tool_call><|im_end|>\n'
        "<|im_start|>user\n<tool_response>\nok\n</tool_response>\n"
        "<tool_response>\n<|im_end|>\n</tool_response>\nThanks.<|im_end|>\n<|im_start|>assistant\n"
    )
    control = text_of(token for token in llm.prompts[0] if token >= 256)
    assert control.count("<|im_end|>") == 4  # the tool's own is plain text


def test_the_ids_that_were_generated_come_back_and_a_call_follows_them():
    llm = ScriptedLlm("Sure.  \n<tool_call>", ' "set_timer"', ' {"minutes": 5}')
    writer = writer_of(llm)
    list(writer.write(brief(tools=(TIMER,), parallel=False)))
    written = list(llm.held)
    history = (said("Hello."), Message("a1", "assistant", "Sure."), Message("c", "call", CALL))
    list(writer.write(Brief("a2", "Be brief.", (*history, Message("r", "result", "ok")), (TIMER,))))
    assert llm.prompts[-1][: len(written)] == written


def test_an_answer_that_was_cut_is_told_as_far_as_it_was_heard():
    llm = ScriptedLlm("One two three.", "Yes.")
    writer = writer_of(llm)
    list(writer.write(brief()))
    list(
        writer.write(Brief("a2", "Be brief.", (said("Hello."), Message("a1", "assistant", "One two"), said("?", "u2"))))
    )
    assert "assistant\nOne two<|im_end|>" in text_of(llm.prompts[1])


@pytest.mark.parametrize("spoken", ["", "How are yo", "How are you"])
def test_what_is_known_is_evaluated_while_the_user_speaks(spoken):
    llm = ScriptedLlm()
    writer = writer_of(llm)
    writer.prepare(brief(said("Hi.", "u0"), Message("a0", "assistant", "Yes?"), said(spoken)), lambda: True)
    known = llm.held
    list(writer.write(brief(said("Hi.", "u0"), Message("a0", "assistant", "Yes?"), said("How are you?"))))
    assert llm.prompts[0][: len(known)] == known
    assert text_of(known).endswith("user\n" + " ".join(spoken.split()[:-1]))


def test_what_is_known_before_the_first_word_ends_with_the_last_message():
    llm = ScriptedLlm()
    writer_of(llm).prepare(brief(said("Hi."), Message("a0", "assistant", "Yes?")), lambda: True)
    assert text_of(llm.held).endswith("assistant\nYes?<|im_end|>\n")


def conversation(turns):
    return tuple(
        message
        for i in range(turns)
        for message in (said("u" * 100, f"u{i}"), Message(f"a{i}", "assistant", "b" * 100))
    )


def test_old_messages_are_left_out_rarely_and_many_at_once():
    llm = ScriptedLlm()
    writer, lengths = writer_of(llm), []
    for turns in range(1, 60):
        history = (*conversation(turns), said("Now?", "now"))
        *_, written = writer.write(Brief(f"x{turns}", "Be brief.", history))
        lengths.append(written.usage.prompt)
        assert text_of(llm.prompts[-1]).startswith("<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n")
    assert max(lengths) <= llm.context - 500
    assert 2 <= sum(later < earlier for earlier, later in itertools.pairwise(lengths)) <= 12


def test_the_model_is_told_what_is_left_out_of_which_prompt():
    full = (*conversation(9), said("Now?", "now"))
    llm = ScriptedLlm()
    writer = writer_of(llm)
    list(writer.write(Brief("a", "Be brief.", full)))
    list(writer.write(Brief("b", "Be brief.", (*full, Message("c", "assistant", "c" * 300), said("And?", "and")))))
    [(prompt, start, count)] = llm.forgotten
    assert prompt[: len(llm.prompts[0])] == llm.prompts[0]
    assert text_of(prompt[start : start + count]).startswith("<|im_start|>user\n")
    assert prompt[:start] + prompt[start + count :] == llm.prompts[1]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Brief("a", "Be brief.", (*conversation(30), said("Now?", "now")), truncation="disabled"), "conversation"),
        (Brief("a", "long " * 900, (said("Now?"),)), "instructions"),
    ],
)
def test_a_prompt_that_cannot_be_made_to_fit_fails_in_words_and_prepares_nothing(asked, words):
    llm = ScriptedLlm()
    writer = writer_of(llm)
    with pytest.raises(PromptTooLong, match=words):
        list(writer.write(asked))
    writer.prepare(asked, lambda: True)
    assert llm.held == []


@pytest.mark.parametrize(
    "past", ["", "no JSON", "[1]", '{"name": "f"}', '{"name": "f", "arguments": "{"}', "[" * 9_000]
)
def test_a_client_may_say_what_it_likes_of_the_past(past):
    assert called(past, QWEN) == [(past, False)]


def test_what_cannot_fit_is_not_read_to_its_end():
    read = []
    llm = ScriptedLlm("Hello.")
    tokenize = llm.tokenize
    llm.tokenize = lambda text, *, special=False: read.append(len(text)) or tokenize(text, special=special)
    with pytest.raises(EngineError, match="tokens"):
        list(writer_of(llm).write(Brief("a", "Be brief.", (Message("u", "user", " " * 10**6),))))
    assert max(read) == 128 * llm.context
