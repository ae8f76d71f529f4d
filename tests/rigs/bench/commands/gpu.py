"""`gpu`: what the engines take of a card, whose name stands in the result."""

from __future__ import annotations

from functools import partial
from typing import Any

from edge_agent.cli.bench.run import Run, measurement
from tests.rigs.bench.figures import figures


@measurement
def gpu(run: Run) -> None:
    """Where LLM, ASR and voice lie, and the memory that each takes of the card and of the machine.

    Example:  python -m tests.rigs.bench gpu --profile small --set engines.gpu_memory_mb=4000
    """
    from edge_agent import build, build_engines
    from edge_agent.build_cards import WORDS, placed
    from edge_agent.processes import resident_mb
    from edge_agent.think.cards import builds, cards
    from tests.rigs.bench.gpu import bench_memory

    chosen = build.choose(run.settings)
    models = {"llm": chosen.llm, "asr": chosen.asr, "tts": chosen.voice}
    there = placed(run.settings, models.values())
    kept = list[Any]()  # so that each stays where it is

    def free_mb() -> int | None:
        found = cards() if builds() else ()
        return next((card.free_mb for card in found if card.name == there.settings.think.card), None)

    def load(role: str) -> int | None:
        kept.append(getattr(build_engines, role)(there.settings, models[role]))
        return getattr(getattr(kept[-1], "worker", None), "pid", None)

    rows = bench_memory({role: partial(load, role) for role in WORDS}, free_mb, resident_mb)
    where = {role: "card" if there.on_card(role) else "cpu" for role in WORDS}
    run.publish("gpu", {"why": there.why, "where": where, "rows": rows}, models.values(), figures)
