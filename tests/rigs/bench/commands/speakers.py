"""`speakers`: voices that are known, and others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edge_agent.bench.clips import Half
from edge_agent.cli.bench.run import Manifests, PartOption, Run, measurement, progress
from tests.rigs.bench.figures import figures


@measurement
def speakers(
    run: Run,
    manifests: Manifests,
    rooms: Annotated[Path | None, typer.Option("--rooms", help="Manifest of room responses.")] = None,
    beside: Annotated[Path | None, typer.Option("--beside", help="Manifest of what a television says.")] = None,
    part: PartOption = Half.ALL,
) -> None:
    """Voices told apart: equal error rate by length, in rooms and beside a television, and what goes wrong as set.

    Example:  python -m tests.rigs.bench speakers speech/en-read-*/manifest.jsonl --rooms speech/rir/manifest.jsonl
    --beside speech/en-untranscribed-librispeech/manifest.jsonl
    """
    from edge_agent import build
    from edge_agent.bench.clips import read_clips, read_rows
    from edge_agent.bench.sound import read_16_khz
    from tests.rigs.bench.speakers import bench_speakers, settings_of, speakers_of
    from tests.rigs.bench.wake_sounds import places

    model = build.choose_one(run.settings, "speaker")
    clips, _ = read_clips(manifests, part=part)
    responses = (
        [(Path(row["file"]).stem, read_16_khz(rooms.parent / row["file"])) for row in read_rows(rooms)] if rooms else []
    )
    others = [read_16_khz(beside.parent / row["file"]) for row in read_rows(beside)] if beside else []
    where = {place.name.split(",")[0]: place for place in places(responses) if place.room is not None}
    settings = settings_of(list(where.values()), (20.0, 10.0, 5.0) if others else ())
    encoder = build.speaker(run.settings, model)
    result = bench_speakers(speakers_of(clips), settings, others, encoder, progress)
    run.publish("speakers", {"part": part, **result}, [model], figures)
