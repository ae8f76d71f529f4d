"""Several conversations in one context of the real model: each keeps what it has evaluated, and answers as if alone."""

from pathlib import Path

import llama_cpp
import pytest
from tiers import fast_first

from edge_agent import build
from edge_agent.config import load
from edge_agent.think.llm import PREFILL_SLICE, LlamaCpp

pytestmark = pytest.mark.model

SETTINGS = load({"models": {"profile": "tiny"}, "engines": {"isolation": "thread"}})
CONTEXT = 512
HEAD = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
ASKED = "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n"
QUESTIONS = ("Hello.", "What is the capital of France?", "Name two animals.", "Thanks. Why is the sky blue?")


@pytest.fixture(scope="module")
def gguf():
    return build.choose_one(SETTINGS, "llm").main


def loaded(gguf: Path, temperature: float = 0.0) -> LlamaCpp:
    return LlamaCpp(gguf, context=CONTEXT, threads=1, temperature=temperature, repeat_penalty=1.1)


@pytest.fixture
def llm(gguf):
    return loaded(gguf)


def told(name):
    """A history that is longer than what a prompt may throw away."""
    return ASKED.format(f"My name is {name}. I like to read and to walk in the woods.") + (
        f"Hello {name}. Which books do you like, and where are your woods?<|im_end|>\n"
    )


class Talk:
    """One conversation: the prompt grows by each question and the ids of its answer."""

    def __init__(self, llm, history=""):
        self.llm = llm
        self.tokens = llm.tokenize(HEAD + history, special=True)

    def asked(self, question):
        return [*self.tokens, *self.llm.tokenize(ASKED.format(question), special=True)]

    def ask(self, question, most=40):
        """Returns the answer, and how many slices of the prompt were evaluated for it."""
        prompt, asked, ids = self.asked(question), [], []
        for id in self.llm.generate(prompt, lambda: asked.append(len(ids)) or True):
            ids.append(id)
            if len(ids) == most:
                break
        self.tokens = [*prompt, *ids, *self.llm.tokenize("<|im_end|>\n", special=True)]
        return b"".join(map(self.llm.to_bytes, ids)).decode(errors="replace"), max(asked.count(0) - 2, 0)


@pytest.mark.parametrize("temperature", fast_first([0.0, 0.9], 1))
def test_one_conversation_is_answered_as_llama_cpp_answers_it(gguf, temperature):
    """Token for token, with the same seed, by the library's own sampling of a prompt that only grows."""
    llm = loaded(gguf, temperature)
    reference = llama_cpp.Llama(
        str(gguf), n_ctx=CONTEXT, n_batch=PREFILL_SLICE, n_threads=1, n_threads_batch=1, verbose=False
    )
    ends = llm.tokenize("<|im_end|>", special=True)[0]
    prompt = llm.tokenize(HEAD, special=True)
    next(llm.generate(prompt, lambda: True))  # the answer of seed 0, which `Llama` takes for none
    for n, question in enumerate(QUESTIONS):
        prompt += llm.tokenize(ASKED.format(question), special=True)
        reference.set_seed(n + 1)
        theirs = []
        for id in reference.generate(prompt, top_k=40, top_p=0.9, temp=temperature, repeat_penalty=1.1):
            if id == ends or len(theirs) == 40:
                break
            theirs.append(id)
        ours = [id for _, id in zip(range(40), llm.generate(prompt, lambda: True), strict=False)]
        assert ours == theirs
        prompt += [*ours, *llm.tokenize("<|im_end|>\n", special=True)]


def test_two_that_take_turns_evaluate_what_is_new_and_are_answered_as_if_alone(llm, gguf, everything):
    talks = {name: Talk(llm, told(name)) for name in ("Ada", "Bob")}
    alone = {name: Talk(loaded(gguf), told(name)) for name in talks}
    for talk in (*talks.values(), *alone.values()):
        assert talk.llm.prefill(talk.tokens, lambda: True)
    for question in QUESTIONS if everything else QUESTIONS[:2]:
        for name, talk in talks.items():
            assert llm.cached(talk.tokens) >= len(talk.tokens) - 3  # the last token, and the two that end a message
            text, slices = talk.ask(question)
            assert (text, 1) == alone[name].ask(question)
            assert slices == 1
    assert talks["Ada"].tokens != talks["Bob"].tokens


def test_what_is_prepared_for_another_between_two_answers_costs_nothing(llm):
    ada, bob = Talk(llm, told("Ada")), Talk(llm)
    ada.ask(QUESTIONS[0])
    for question in QUESTIONS:
        assert llm.prefill(bob.asked(question), lambda: True)
        bob.tokens = bob.asked(question)
        assert llm.cached(ada.tokens) >= len(ada.tokens) - 3
    assert ada.ask(QUESTIONS[1])[1] == 1


def test_forgetting_for_one_leaves_the_others_as_they_were(llm):
    ada, bob = Talk(llm, told("Ada")), Talk(llm, told("Bob"))
    for talk in (ada, bob):
        talk.ask(QUESTIONS[0])
    start = len(llm.tokenize(HEAD, special=True))
    llm.forget(ada.tokens, start, 30)
    del ada.tokens[start : start + 30]
    assert [talk.ask("Say hello.")[1] for talk in (ada, bob)] == [1, 1]


def test_of_a_conversation_whose_cells_are_to_be_moved_no_copy_is_made(llm):
    """They would be moved half: their positions at once, their keys when the next token is evaluated."""
    ada, bob = Talk(llm, told("Ada")), Talk(llm, told("Bob"))
    ada.ask(QUESTIONS[0])
    start = len(llm.tokenize(HEAD, special=True))
    llm.forget(ada.tokens, start, 30)
    bob.ask(QUESTIONS[0])
    assert llm.cached([*ada.tokens[:start], *ada.tokens[start + 30 :]]) == start


@pytest.mark.slow
def test_as_many_as_fill_the_context_twice_are_kept(llm):
    """And of a third the one goes that was used least recently."""
    talks = [Talk(llm, ASKED.format(f"My name is {name}. " + "I like tea. " * 90)) for name in ("Ada", "Bob", "Eve")]
    assert all(0.6 * CONTEXT < len(talk.tokens) < CONTEXT - 60 for talk in talks)
    assert [talk.ask("Hello.", most=5)[1] > 5 for talk in talks] == [True] * 3
    assert [talk.ask("Bye.", most=5)[1] for talk in reversed(talks[1:])] == [1, 1]
    assert talks[0].ask("Bye.", most=5)[1] > 5


@pytest.mark.slow
def test_nothing_grows_with_the_conversations(llm):
    def held_kb():
        status = Path("/proc/self/status").read_text()
        return int(status.split("RssAnon:")[1].split()[0])

    def round_of(n):
        for i in range(6):
            Talk(llm, f"{n} {i}").ask("Hello.", most=3)

    for n in range(3):
        round_of(n)
    before = held_kb()
    for n in range(3, 6):
        round_of(n)
    assert held_kb() < before + 1024
