"""The KV cache on cells that are a list: what of each conversation is kept, what is evaluated again, what is copied."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.think.kv_cache import REWORDED, KvCache

HEAD = list(range(1000, 1020))
"""Instructions: every conversation begins with them."""


class ListedCells:
    """A token in each cell. `parts`: whether the model can do without some of them; `copies`: whether it can save."""

    def __init__(self, parts=True, copies=True):
        self.parts, self.copies = parts, copies
        self.cells, self.copied = [], 0

    def cut(self, start):
        if start and not self.parts:
            return False
        del self.cells[start:]
        return True

    def close_gap(self, start, end):
        if self.parts:
            del self.cells[start:end]
        return self.parts

    def save(self):
        self.copied += 1
        return self.cells[:] if self.copies else None

    def restore(self, state):
        self.copied += 1
        self.cells = state[:] if self.copies else []
        return self.copies


class Model:
    """Evaluates prompts as `LlamaCpp` does, and looks each time whether tokens and cells agree."""

    def __init__(self, aside=10_000, **cells):
        self.cells = ListedCells(**cells)
        self.cache = KvCache(self.cells, aside)

    def ask(self, prompt, answer=()):
        """Returns how many tokens of `prompt` were evaluated."""
        self.cache.open(prompt)
        new = prompt[self.cache.length :]
        self.cells.cells += [*new, *answer]
        if new or answer:
            self.cache.evaluated([*new, *answer])
        assert self.cache.fresh
        assert self.cells.cells == [*prompt, *answer]
        assert self.cache.length == len(self.cells.cells)
        return len(new)


def turn(name, n):
    return [ord(name) * 10_000 + n * 100 + i for i in range(80)]


def talk(name, turns):
    return [*HEAD, *(token for n in range(turns) for token in turn(name, n))]


def test_conversations_that_take_turns_cost_their_new_tokens():
    model = Model()
    for n in range(1, 6):
        costs = [model.ask(talk(name, n)) for name in "abc"]
        assert costs == ([100, 80, 80] if n == 1 else [80, 80, 80])


def test_what_is_prepared_for_one_costs_the_other_nothing():
    model = Model()
    model.ask(talk("a", 3), answer=[1, 2, 3])
    model.ask(talk("b", 1))
    assert model.cache.cached([*talk("a", 3), 1, 2, 3, 4]) == len(talk("a", 3)) + 3
    assert model.ask([*talk("a", 3), 1, 2, 3, 4]) == 1


def test_one_conversation_is_never_copied():
    model = Model()
    for n in range(1, 6):
        model.ask(talk("a", n))
        model.ask([*talk("a", n), 1], answer=range(100))
        model.ask([*talk("a", n), 1, 2], answer=range(100))
    assert model.cells.copied == 0


def test_the_same_again_evaluates_its_last_token_unless_it_was_the_last_thing_evaluated():
    model = Model()
    assert [model.ask(talk("a", 2)), model.ask(talk("a", 2))] == [180, 0]
    model.ask(talk("b", 2))
    assert model.ask(talk("a", 2)) == 1
    assert model.ask(talk("a", 2)) == 0
    model.ask(talk("a", 2), answer=[1])
    assert model.ask(talk("a", 2)) == 1


def test_words_said_in_another_way_take_the_place_of_the_old_ones_with_their_answer():
    model = Model(aside=len(talk("b", 2)))
    model.ask(talk("b", 2))
    model.ask(talk("a", 2))
    for word in range(5):
        assert model.ask([*talk("a", 2), *range(word, word + REWORDED)], answer=range(100)) == REWORDED
    assert model.ask([*talk("b", 2), 7]) == 1


def test_of_those_put_aside_the_one_used_least_recently_goes():
    model = Model(aside=600)
    for name in "abc":
        model.ask(talk(name, 3))
    assert [model.cache.cached(talk(name, 3)) for name in "abc"] == [260, 260, 260]
    model.ask(talk("d", 3))
    assert [model.cache.cached(talk(name, 3)) for name in "abcd"] == [len(HEAD), 260, 260, 260]
    model.ask(talk("b", 3))
    model.ask(talk("a", 3))
    assert [model.cache.cached(talk(name, 3)) for name in "abcd"] == [260, 260, len(HEAD), 260]


def test_a_new_one_begins_with_what_it_shares_with_one_aside_and_leaves_that_whole():
    model = Model()
    model.ask(talk("a", 3))
    model.ask([2000 + token for token in talk("b", 3)])
    assert model.ask(talk("c", 1)) == 80
    assert model.ask([*talk("a", 3), 7]) == 1


def test_forgetting_closes_the_gap_of_one_conversation_that_may_be_aside():
    model = Model()
    long = talk("a", 6)
    model.ask(long)
    model.ask(talk("b", 3))
    model.cache.forget(long, len(HEAD), 160)
    assert model.ask([*HEAD, *long[180:], 7]) == 1
    assert model.ask([*talk("b", 3), 7]) == 1


@pytest.mark.parametrize(("prompt", "count"), [(talk("b", 3), 80), (talk("a", 3), 240), (talk("a", 9), 320)])
def test_what_is_not_held_or_has_nothing_behind_it_is_not_forgotten(prompt, count):
    model = Model()
    model.ask(talk("a", 3))
    model.cache.forget(prompt, len(HEAD), count)
    assert model.cache.cached(talk("a", 3)) == 260


def test_a_model_that_knows_no_parts_begins_anew_and_keeps_other_conversations():
    model = Model(parts=False)
    assert [model.ask(talk(name, n)) for n in (1, 2) for name in "ab"] == [100, 100, 80, 80]
    model.cache.forget(talk("a", 2), len(HEAD), 80)
    assert model.ask([*talk("a", 2)[:-1], 7]) == 180
    assert model.ask([*talk("b", 2), 7]) == 1


def test_a_model_that_cannot_be_copied_evaluates_again():
    model = Model(copies=False)
    assert [model.ask(talk(name, 2)) for name in "aba"] == [180, 160, 160]


@given(st.integers(0, 10**9), st.booleans())
def test_whatever_is_asked_tokens_and_cells_agree(seed, parts):
    rng = random.Random(seed)
    model = Model(aside=500, parts=parts)
    for _ in range(30):
        prompt = talk(rng.choice("abcd"), rng.randrange(1, 5))[: rng.randrange(1, 330)]
        if rng.random() < 0.2:
            model.cache.forget(prompt, min(len(prompt), len(HEAD)), rng.randrange(1, 160))
        else:
            model.ask([*prompt, *rng.choices(range(9), k=rng.randrange(50))], answer=range(rng.randrange(50)))
        assert sum(len(held.tokens) for held in model.cache._aside) <= 500
    model.cache.clear()
    assert model.cells.cells == []
