"""`endpoint`: how often people are cut off, against how long they wait."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edge_agent.bench.clips import Half
from edge_agent.cli.bench.run import Limit, PartOption, Run, measurement, progress
from tests.rigs.bench.curve import curve
from tests.rigs.bench.figures import figures

Sources = Annotated[
    list[Path], typer.Argument(metavar="MANIFEST...", help="Manifests, or endpoint.json files to be judged again.")
]


@measurement
def endpoint(run: Run, sources: Sources, limit: Limit = 0, part: PartOption = Half.ALL) -> None:
    """Turns cut off against dead air: a timer, stock Smart Turn, and ours.

    The engines hear every clip once; then any policy is judged in no time. Where an endpoint.json of an earlier run
    stands in place of a manifest, its pauses are judged again.

    Example:  python -m tests.rigs.bench endpoint speech/manifest.jsonl --part test --output bench-results
    """
    from edge_agent import build, build_ears
    from edge_agent.bench.clips import read_clips
    from edge_agent.hear.finality import probability
    from edge_agent.settings import EAGERNESS
    from tests.rigs.bench.pauses import read_replays, replay_all
    from tests.rigs.bench.sweep import bench_endpoint

    turns = run.settings.turns
    manifests = [path for path in sources if path.suffix != ".json"]
    replays = read_replays([path for path in sources if path.suffix == ".json"])
    clips = read_clips(manifests, part=part, limit=limit)[0] if manifests else []
    models = [build.choose_one(run.settings, role) for role in ("vad", "endpoint", "asr")]
    if clips:
        engines = build.hearing(run.settings, *models)
        replays += replay_all(clips, *engines, build_ears.thresholds(run.settings), progress=progress)
    holds = {"in force": build_ears.hold(turns)}
    holds |= {name: build_ears.hold(turns.model_copy(update=values)) for name, values in EAGERNESS.items()}
    found = bench_endpoint(replays, holds, probability, soft_end_s=turns.soft_end_s, rescore_s=turns.rescore_s)
    run.publish("endpoint", {"part": part, **found}, models, figures, curve(found["curves"], found["points"]))
