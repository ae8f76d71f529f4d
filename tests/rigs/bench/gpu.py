"""GPU bench: where each engine lies, and what it takes of the card and of the machine, loaded one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Row = dict[str, Any]


def bench_memory(
    load: Mapping[str, Callable[[], int | None]],
    free_mb: Callable[[], int | None],
    resident_mb: Callable[[int], float],
) -> list[Row]:
    """What each engine takes, in MB; None where nobody can tell.

    `load`: loads the engine and returns the id of its process; `free_mb`: of the card now.
    """
    rows = list[Row]()
    for name, make in load.items():
        before = free_mb()
        pid = make()
        after = free_mb()
        taken = None if before is None or after is None else before - after
        rows.append({"engine": name, "card_mb": taken, "machine_mb": pid and round(resident_mb(pid))})
    return rows
