"""llama.cpp with models that cannot take back what they evaluated: logits are as of one that was asked nothing else."""

import random

import numpy as np
import pytest
from tiny_gguf import VOCABULARY, recurrent, sliding

from edge_agent.think.llm import LlamaCpp


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
