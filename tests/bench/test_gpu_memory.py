"""The GPU bench: what an engine took is the difference that it made, and what nobody can tell is unknown."""

from __future__ import annotations

from tests.rigs.bench.figures import figures
from tests.rigs.bench.gpu import bench_memory

LOADS = {"llm": (1700, 11), "asr": (1200, 12), "tts": (0, None)}
"""What each takes of a card of 4,000 MB, and its process."""


def rows(total_mb: int | None) -> list[dict[str, object]]:
    free = [total_mb]

    def load(mb: int, pid: int | None) -> int | None:
        free[0] = None if free[0] is None else free[0] - mb
        return pid

    makers = {name: lambda mb=mb, pid=pid: load(mb, pid) for name, (mb, pid) in LOADS.items()}
    return bench_memory(makers, lambda: free[0], lambda pid: pid * 10.4)


def test_each_takes_what_is_less_when_it_is_loaded() -> None:
    assert rows(4000) == [
        {"engine": "llm", "card_mb": 1700, "machine_mb": 114},
        {"engine": "asr", "card_mb": 1200, "machine_mb": 125},
        {"engine": "tts", "card_mb": 0, "machine_mb": None},
    ]


def test_without_a_card_its_memory_is_unknown() -> None:
    found = rows(None)
    assert {row["card_mb"] for row in found} == {None}
    told = figures({"kind": "gpu", "why": "no card", "where": dict.fromkeys(LOADS, "cpu"), "rows": found})
    assert told[0] == ("where and why", "no card")
    assert told[1] == ("llm", "on the cpu; unknown of the card, 114 MB of the machine")
