"""What reads what others have written takes anything: a short look, without atheris (tests/rigs/fuzz has it)."""

from __future__ import annotations

import random

import pytest

from tests.rigs.fuzz.targets import TARGETS

FOUND = {
    "manifest": (b"[" * 5000, b"a=" + b"[" * 5000),
    "agent": (b"a=" + b"[" * 5000,),
    "settings": (b"a=" + b"[" * 5000,),
    "sentences": (b"[" * 2000, b"- " * 3000, b'intents: {X: {data: [{sentences: ["()"]}]}}'),
    "http": (b"HEAD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\r\n",),
    "frames": (b"\x81\x82\x81\x00\x00\x00\x00\x81" + b"\x88\x80\x00\x00\x00\x00",),
    "bodies": (b"[" * 100_000, b'{"messages": [1e999, "\\ud800"]}'),
    "packets": (b"\x02\x00\x00\x00\x03\x00\x00\x00\x01\x00\x00\x00{}abc",),
}
"""What was found, here or by atheris, and what is known to be hard."""


@pytest.mark.parametrize("name", TARGETS)
def test_it_takes_anything(name: str) -> None:
    target, dice = TARGETS[name], random.Random(name)
    for seed in target.seeds:
        target.takes(seed)
        for _ in range(10):
            cut = bytearray(seed[: dice.randrange(len(seed) + 1)])
            for _ in range(min(len(cut), 3)):
                cut[dice.randrange(len(cut))] = dice.randrange(256)
            target.takes(bytes(cut))
    for hard in FOUND.get(name, ()):
        target.takes(hard)
