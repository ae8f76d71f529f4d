"""`far`: heard from afar."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edge_agent.bench.clips import Half
from edge_agent.bench.figures import Figures, percent
from edge_agent.cli.bench.run import Limit, Manifests, PartOption, Run, measurement
from edge_agent.types import Json


@measurement
def far(
    run: Run,
    manifests: Manifests,
    responses: Annotated[Path | None, typer.Option("--responses", help="Manifest of measured room responses.")] = None,
    sounds: Annotated[
        list[Path] | None, typer.Option("--sounds", help="Manifest of sound in which nobody speaks.")
    ] = None,
    limit: Limit = 20,
    part: PartOption = Half.ALL,
    rooms: Annotated[int, typer.Option("--rooms", min=0, help="Made-up rooms.")] = 10,
    gain: Annotated[
        float | None, typer.Option("--gain", min=1, help="By how much a quiet background is raised at most; 1: not.")
    ] = None,
    behind: Annotated[float, typer.Option("--behind", min=0, help="Silence before each utterance, in s.")] = 0.5,
) -> None:
    """Heard from afar: does the VAD hear who is quiet or far away, and what else does it take for speech?

    Example:  python -m tests.rigs.bench far speech/manifest.jsonl --responses rir/manifest.jsonl
    --sounds noise/manifest.jsonl --gain 1
    """
    from edge_agent import build
    from edge_agent.bench.clips import read_clips, read_rows
    from edge_agent.build_ears import thresholds
    from edge_agent.hear import vad as of_vad
    from tests.rigs.bench import far as bench

    clips, passed_over = read_clips(manifests, part=part, limit=limit)
    if gain is not None:
        of_vad.MOST_GAIN = gain
    model = build.choose_one(run.settings, "vad")
    vad, at = build.vad(run.settings, model), thresholds(run.settings)
    measured = [responses.parent / row["file"] for row in read_rows(responses)] if responses else []
    result: Json = {
        "passed_over": passed_over,
        "recall": bench.bench_recall(vad, clips, bench.places(rooms, measured), at, behind_s=behind),
        "others": bench.bench_others(vad, bench.without_speech(sounds or []), at),
        "gain": of_vad.MOST_GAIN,
    }
    run.publish("far", result, [model], figures)


def figures(result: Json) -> Figures:
    """Returns the figures in the order of importance: heard, and heard long enough to interrupt an answer."""
    told = [
        (f"{row['place']}, -{row['quieter_db']:.0f} dB", f"{percent(row['heard'])}, {percent(row['interrupts'])}")
        for row in result["recall"]
    ]
    other = result["others"]
    return [*told, ("others", f"{other['onsets']}, {other['interruptions']} in {other['minutes']:.1f} min")]
