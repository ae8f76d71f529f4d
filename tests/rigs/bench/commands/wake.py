"""`wake`: called by name."""

from __future__ import annotations

from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_agent.cli.bench.run import Run, measurement, progress
from tests.rigs.bench.figures import figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_agent.build import Chosen
    from edge_agent.types import Json, Samples
    from tests.rigs.bench.wake import Ears
    from tests.rigs.bench.wake_sounds import Place, SaidName


@measurement
def wake(
    run: Run,
    manifests: Annotated[
        list[Path] | None, typer.Argument(metavar="MANIFEST...", help="Sound without a name, and recorded names.")
    ] = None,
    noise: Annotated[
        Path | None, typer.Option("--noise", help="Manifest of noises under which names are said.")
    ] = None,
    rooms: Annotated[Path | None, typer.Option("--rooms", help="Manifest of room responses.")] = None,
    requests: Annotated[
        Path | None, typer.Option("--requests", help="Manifest of requests to be said behind the name, in real time.")
    ] = None,
    voice: Annotated[list[str] | None, typer.Option("--voice", help="Installed voices that say the names.")] = None,
    minutes: Annotated[int, typer.Option("--minutes", min=0, help="Made-up sound without a name.")] = 0,
    mixed: Annotated[
        int, typer.Option("--mixed", min=0, help="Minutes of talk that is mixed of the clips of MANIFEST.")
    ] = 0,
    every: Annotated[int, typer.Option("--every", min=1, help="Take each so manieth of the names said.")] = 1,
    pairs: Annotated[int, typer.Option("--pairs", min=0, help="Requests with the name and without.")] = 0,
) -> None:
    """Called by name: recall by voice and place, false alarms an hour, delay, what waiting costs. Names of hear.wake.

    Example:  python -m tests.rigs.bench wake speech/*/manifest.jsonl --noise speech/noise/manifest.jsonl
    --rooms speech/rir/manifest.jsonl --minutes 600 --set hear.wake=hey_jarvis
    """
    from edge_agent import build
    from edge_agent.errors import InputError
    from edge_agent.settings.wake import models_of
    from tests.rigs.bench.wake import bench_false_alarms, bench_idle, bench_recall, mixtures, stretches

    names = models_of(run.settings.hear.wake)
    if not names:
        raise InputError("There is no name to listen for: --set hear.wake=hey_jarvis.")
    chosen = build.choose(run.settings)
    ears, result = _ears(run, chosen), dict[str, object]()
    said, where, noises = _said(run, names, voice or [chosen.voice.name], manifests or [], noise, rooms)
    result["idle"] = bench_idle(ears)
    result["rows"] = bench_recall(said[::every], where, noises, ears, progress)
    others = stretches(manifests or [], names, range(minutes))
    talk = mixtures(others, [place.room for place in where if place.room is not None], range(mixed))
    result["false"] = bench_false_alarms([*others, *talk], ears, progress)
    if requests and pairs:
        result["pairs"] = _pairs(run, chosen, requests, pairs, said)
    run.publish("wake", {"names": names, "every": every, **result}, chosen.all(), figures)


def _ears(run: Run, chosen: Chosen) -> Ears:
    from edge_agent import build, build_called, build_ears
    from edge_agent.host.jobs import Detection

    vad, endpoint, asr = build.hearing(run.settings, chosen.vad, chosen.endpoint, chosen.asr)
    factory = build_called.by_name(run.settings, partial(build_ears.ears, run.settings, vad))
    return lambda: factory(endpoint, asr, Detection(device=True))


def _said(
    run: Run,
    names: Sequence[str],
    voices: Sequence[str],
    manifests: Sequence[Path],
    noise: Path | None,
    rooms: Path | None,
) -> tuple[list[SaidName], list[Place], list[Samples]]:
    import numpy as np

    from edge_agent.bench.clips import read_rows
    from edge_agent.bench.sound import read_16_khz
    from edge_agent.types import HEAR_RATE_HZ
    from tests.rigs.bench.wake_sounds import WRITTEN, places, recorded, said_by_espeak, said_by_voices

    known = [name for name in names if name in WRITTEN]
    said = [*recorded(manifests, known), *said_by_voices(run.settings, known, voices), *said_by_espeak(known)]
    responses = [(row["file"], read_16_khz(rooms.parent / row["file"])) for row in read_rows(rooms)] if rooms else []
    noises = [read_16_khz(noise.parent / row["file"]) for row in read_rows(noise)] if noise else []
    white = np.random.default_rng(0).standard_normal(10 * HEAR_RATE_HZ).astype(np.float32)
    return said, places(responses), noises or [white]


def _pairs(run: Run, chosen: Chosen, requests: Path, most: int, said: Sequence[SaidName]) -> Json:
    from edge_agent import build
    from edge_agent.bench.clips import read_clips
    from tests.rigs.bench.wake_turns import bench_pairs

    clips, _ = read_clips([requests])
    whole = [clip for clip in clips if clip.transcript]
    name = next(each.samples for each in said if each.voice == chosen.voice.name)
    engines = build.engines(run.settings, chosen)
    return bench_pairs(list(islice(whole, most)), name, engines, partial(build.briefs, run.settings), progress)
