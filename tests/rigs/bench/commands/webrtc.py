"""`webrtc`: turns in a real browser."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Annotated

import typer

from edge_agent.bench.clips import Half
from edge_agent.cli.bench.run import Limit, Manifests, PartOption, Run, measurement, progress
from tests.rigs.bench.figures import figures


@measurement
def webrtc(
    run: Run,
    manifests: Manifests,
    limit: Limit = 32,
    part: PartOption = Half.ALL,
    loss: Annotated[float, typer.Option("--loss", help="Share of the packets that are lost, both ways.")] = 0.0,
    jitter: Annotated[float, typer.Option("--jitter", help="Packets are late by up to so many seconds.")] = 0.0,
    interruptions: Annotated[int, typer.Option("--interruptions", help="Clips that are spoken into an answer.")] = 0,
    alone: Annotated[bool, typer.Option("--alone", help="Without `talk` on the same clips.")] = False,
    clean: Annotated[bool, typer.Option("--clean", help="Each clip without loss and jitter, too, in pairs.")] = False,
) -> None:
    """Voice-to-voice latency in a headless Chromium, beside that of talk on the same clips. Takes real time.

    Example:  python -m tests.rigs.bench webrtc speech/manifest.jsonl --interruptions 10
    """
    from edge_agent import build
    from edge_agent.bench.clips import read_clips
    from tests.rigs.bench.beside_talk import talk
    from tests.rigs.bench.webrtc import bench_webrtc

    clips, passed_over = read_clips(manifests, part=part, limit=limit)
    chosen = build.choose(run.settings)
    with nullcontext() if alone else talk(run.settings, chosen) as play:
        result = bench_webrtc(
            clips, run.flags, play,
            loss=loss, jitter_s=jitter, interruptions=interruptions, clean=clean, progress=progress,
        )  # fmt: skip
    run.publish("webrtc", {"part": part, "passed_over": passed_over, **result}, chosen.all(), figures)
