"""`telephone`: what a codec, and a loss of its frames, costs in words."""

from __future__ import annotations

from typing import Annotated

import typer

from edge_agent.bench.clips import Half
from edge_agent.cli.bench.run import Manifests, PartOption, Run, measurement, progress
from tests.rigs.bench.figures import figures


@measurement
def telephone(
    run: Run,
    manifests: Manifests,
    part: PartOption = Half.ALL,
    limit: Annotated[int, typer.Option("--limit", min=0, help="Clips of each manifest at most; 0: all.")] = 0,
    loss: Annotated[float, typer.Option("--loss", min=0, max=1, help="Share of the frames that are lost.")] = 0.0,
) -> None:
    """Word errors of speech as it is, through mu-law and A-law at 8 kHz, G.722 at 16 kHz and Opus.

    Example: python -m tests.rigs.bench telephone speech/en-*/manifest.jsonl --limit 40
    """
    from edge_agent import build
    from edge_agent.bench.asr import read_said
    from tests.rigs.bench.telephone import bench_telephone

    model = build.choose_one(run.settings, "asr")
    result = bench_telephone(
        read_said(manifests, part=part, limit=limit), build.asr(run.settings, model), progress, loss=loss
    )
    run.publish("telephone", {"part": part, **result}, [model], figures)
