"""`phone`: turns by telephone."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Annotated

import typer

from edge_agent.bench.clips import Half
from edge_agent.cli.bench.run import Limit, Manifests, PartOption, Run, measurement, progress
from tests.rigs.bench.figures import figures


@measurement
def phone(
    run: Run,
    manifests: Manifests,
    limit: Limit = 32,
    part: PartOption = Half.ALL,
    loss: Annotated[float, typer.Option("--loss", help="Share of the RTP packets that are lost, both ways.")] = 0.0,
    jitter: Annotated[float, typer.Option("--jitter", help="Packets are late by up to twice so many seconds.")] = 0.0,
    interruptions: Annotated[int, typer.Option("--interruptions", help="Clips that are spoken into an answer.")] = 0,
    alone: Annotated[bool, typer.Option("--alone", help="Without `talk` on the same clips.")] = False,
    clean: Annotated[bool, typer.Option("--clean", help="Each clip without loss and jitter, too, in pairs.")] = False,
) -> None:
    """Voice-to-voice latency by SIP and G.711 on loopback, beside that of talk on the same clips. Takes real time.

    Example:  python -m tests.rigs.bench phone speech/manifest.jsonl --interruptions 10 --loss 0.02 --jitter 0.03
    """
    from edge_agent import build
    from edge_agent.bench.clips import read_clips
    from tests.rigs.bench.beside_talk import talk
    from tests.rigs.bench.phone import bench_phone

    clips, passed_over = read_clips(manifests, part=part, limit=limit)
    chosen = build.choose(run.settings)
    with nullcontext() if alone else talk(run.settings, chosen) as play:
        result = bench_phone(
            clips, run.flags, play,
            loss=loss, jitter_s=jitter, interruptions=interruptions, clean=clean, progress=progress,
        )  # fmt: skip
    run.publish("phone", {"part": part, "passed_over": passed_over, **result}, chosen.all(), figures)
