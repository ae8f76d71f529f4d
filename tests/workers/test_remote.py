"""The remote halves of the engines: what a worker answers is looked at before a room sees it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from fake_workers import FAKE
from tiers import fast_first

from edge_agent.errors import EngineLost
from edge_agent.workers.remote import RemoteAsr, RemoteLlm, RemoteTts
from edge_agent.workers.supervisor import Bounds
from edge_agent.workers.worker import Worker, crossings

NONSENSE: list[tuple[str, object]] = [
    ("transcribe", {"text": 1}),
    ("tokenize", "no numbers"),
    ("sample", {}),
    ("stream", None),
    ("transcribe", 1),
    ("tokenize", None),
    ("cached", []),
    ("to_bytes", 7),
    ("to_bytes", "\u20ac"),
]


@pytest.mark.parametrize(("what", "answer"), fast_first(NONSENSE, 4))
def test_an_answer_of_another_shape_is_a_loss(what: str, answer: object) -> None:
    """And no error of the room's own, which would end the conversation. Another worker takes its place."""
    worker = Worker("tts", {"nothing_but": answer}, Bounds(10.0, 512), command=FAKE)  # closed with its last remote half
    worker.facts()
    first = worker.pid
    ears, mind, voice = RemoteAsr(worker), RemoteLlm(worker), RemoteTts(worker)
    asked: dict[str, Callable[[], object]] = {
        "transcribe": lambda: ears.transcribe(np.zeros(100, np.float32)),
        "tokenize": lambda: mind.tokenize("a"),
        "cached": lambda: mind.cached([1]),
        "to_bytes": lambda: mind.to_bytes(1),
        "sample": lambda: list(mind.sample([1], not_first=[], grammar=None, temperature=None, top_p=None)),
        "stream": lambda: list(voice.stream("a")),
    }
    with pytest.raises(EngineLost, match="has answered nonsense"):
        asked[what]()
    worker.call("echo", {})
    assert worker.pid not in (first, None)


def test_a_text_of_a_million_tokens_crosses_and_is_no_nonsense() -> None:
    """A client may send one; as JSON it would be more than a worker may answer."""
    mind = RemoteLlm(Worker("llm", {}, Bounds(10.0, 512), command=FAKE))
    text = "a\U0010ffff" * 200_000
    assert mind.tokenize(text) == [ord(letter) for letter in text]


def test_a_token_comes_with_its_bytes_and_the_first_one_with_the_opening() -> None:
    mind = RemoteLlm(Worker("llm", {}, Bounds(10.0, 512), command=FAKE))
    mind.worker.facts()
    before = crossings["llm"].asked
    tokens = list(mind.sample([1], not_first=[], grammar=None, temperature=None, top_p=None))
    assert [mind.to_bytes(token) for token in tokens] == [b"a", b"\xe4"]
    assert crossings["llm"].asked - before == 3  # two tokens, and that there are no more
