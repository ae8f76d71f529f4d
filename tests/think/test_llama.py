"""llama.cpp with models that cannot take back what they evaluated: logits are as of one that was asked nothing else."""

import random
import sys

import numpy as np
import pytest
from tiny_gguf import VOCABULARY, recurrent, sliding, speaking

from edge_agent.errors import EngineError
from edge_agent.think.llama import LlamaContext, LlamaModel, library
from edge_agent.think.llm import PREFILL_SLICE, LlamaCpp
from edge_agent.think.sampler import RECENT, Likeliest


def loaded(gguf):
    return LlamaCpp(gguf, context=512, threads=1, temperature=0.0, repeat_penalty=1.0)


def logits(llm, prompt):
    assert llm.prefill(prompt, lambda: True)
    row = llm._model.cpp.llama_get_logits_ith(llm._native.pointer, -1)
    return np.ctypeslib.as_array(row, (VOCABULARY,)).copy()


@pytest.mark.parametrize("kind", ["recurrent", "sliding"])
def test_conversations_of_a_model_that_knows_no_parts_are_not_mixed_up(kind, tmp_path):
    """Four that alternate, go on, take words back, and are longer together than the context."""
    gguf = recurrent(tmp_path / "m.gguf") if kind == "recurrent" else sliding(tmp_path / "m.gguf", window=64)
    llm, rng = loaded(gguf), random.Random(1)
    head = rng.choices(range(VOCABULARY), k=30)
    talks = [list(head) for _ in range(4)]
    for _ in range(40):
        talk = rng.choice(talks)
        if rng.random() < 0.3:
            del talk[max(30, len(talk) - rng.randrange(40)) :]
        talk += rng.choices(range(VOCABULARY), k=rng.randrange(5, 40))
        assert len(talk) < 500
        np.testing.assert_allclose(logits(llm, talk), logits(loaded(gguf), talk), atol=0.05)
        talk += [token for _, token in zip(range(4), llm.generate(talk, lambda: True), strict=False)]
    assert sum(map(len, talks)) > 600


GRAMMAR = r'root ::= ("12" | " the" | "\n") (" cat" | "x")'


@pytest.fixture(scope="module")
def speaker(tmp_path_factory):
    model = LlamaModel(speaking(tmp_path_factory.mktemp("llama") / "m.gguf"))
    return LlamaContext(model, cells=256, batch=32, threads=1), model


@pytest.mark.parametrize("penalty", [1.0, 1.1, 1.8])
def test_the_likeliest_token_is_the_one_that_llama_cpp_chooses(penalty, speaker):
    context, model = speaker
    cpp, ours = model.cpp, Likeliest(model, repeat_penalty=penalty, grammar=None)
    chain = cpp.llama_sampler_chain_init(cpp.llama_sampler_chain_default_params())
    tokens = cpp.llama_vocab_n_tokens(model.vocab)
    cpp.llama_sampler_chain_add(chain, cpp.llama_sampler_init_penalties(tokens, RECENT, penalty, 0.0, 0.0))
    cpp.llama_sampler_chain_add(chain, cpp.llama_sampler_init_greedy())
    context.cut(0)
    token = 40
    for position in range(150):
        context.evaluate(position, [token])
        before = context.logits().copy()
        token = ours.sample(context)
        assert token == cpp.llama_sampler_sample(chain, context.pointer, -1)
        np.testing.assert_array_equal(context.logits(), before)
    cpp.llama_sampler_free(chain)


def test_a_grammar_allows_what_llama_cpp_allows(speaker):
    """Also where none of the likeliest is allowed, and where what is likeliest was forbidden."""
    context, model = speaker
    (first, *others), (cat,) = (model.tokenize(text, False) for text in (b" the", b" cat"))
    assert not others
    context.cut(0)
    context.evaluate(0, [40])
    logits = context.logits()
    for likely in (True, False):
        logits[:] = np.arange(logits.size) if likely else -np.arange(logits.size)
        logits[first] = 1e9 if likely else -1e9
        if not likely:
            context.forbid([token for token in range(200) if model.to_bytes(token) in (b"1", b"\n")])
        grammar = Likeliest(model, repeat_penalty=1.0, grammar=GRAMMAR)
        said = [grammar.sample(context)]
        logits[:] = 0
        logits[cat] = 1
        said += [grammar.sample(context), grammar.sample(context)]
        assert model.to_bytes(said[0]) == (b" the" if likely else b" ")
        assert model.ends(said[2]) == likely
        grammar.close()


def test_a_prompt_has_logits_behind_its_last_token_alone(tmp_path, monkeypatch):
    llm, asked = loaded(sliding(tmp_path / "m.gguf", window=8)), []
    evaluate = LlamaContext.evaluate
    monkeypatch.setattr(
        LlamaContext, "evaluate", lambda self, *args, last=True: (asked.append(last), evaluate(self, *args, last=last))
    )
    prompt = random.Random(3).choices(range(VOCABULARY), k=3 * PREFILL_SLICE + 5)
    whole = logits(llm, prompt)
    assert asked == [False, False, False, True]
    given_up = loaded(tmp_path / "m.gguf")
    assert not given_up.prefill(prompt, iter([True, True, False]).__next__)
    np.testing.assert_allclose(logits(given_up, prompt[: 2 * PREFILL_SLICE]), logits(llm, prompt[: 2 * PREFILL_SLICE]))
    assert whole.any()


def test_one_that_was_built_for_a_driver_that_is_gone_says_so(monkeypatch, tmp_path):
    """As llama-cpp-python words it, without a driver of CUDA."""
    broken = tmp_path / "llama_cpp"
    broken.mkdir()
    missing = "libcuda.so.1: cannot open shared object file: No such file or directory"
    said = f"Failed to load shared library '/lib/libllama.so': {missing}"
    (broken / "__init__.py").write_text(f"raise RuntimeError({said!r})\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "llama_cpp", raising=False)
    with pytest.raises(EngineError) as raised:
        library()
    assert raised.value.args[0] == f"llama.cpp cannot be loaded: {missing}."
    assert raised.value.fix == "scripts/run --gpu cpu"
