"""`yield`: who speaks into an answer and only listens, and who wants the floor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edge_agent.bench.clips import Half
from edge_agent.cli.bench.run import Limit, Manifests, PartOption, Run, measurement, progress
from tests.rigs.bench.figures import figures


@measurement
def yield_(
    run: Run,
    manifests: Manifests,
    nods: Annotated[
        list[Path] | None, typer.Option("--nods", help="Manifest of recorded backchannels; MANIFEST... interrupt.")
    ] = None,
    voices: Annotated[
        bool, typer.Option("--voices/--no-voices", help="Installed voices and espeak-ng say both kinds, too.")
    ] = True,
    made_up: Annotated[int, typer.Option("--made-up", min=0, help="Hums, vowels, laughs and coughs, of each.")] = 25,
    limit: Limit = 0,
    part: PartOption = Half.ALL,
) -> None:
    """Backchannels that stop the answer, and interruptions that do not. No real time: some 0.4 s each.

    Example:  python -m tests.rigs.bench yield speech/manifest.jsonl --nods nods/manifest.jsonl
    """
    from functools import partial

    from edge_agent import build
    from edge_agent.bench.clips import read_clips
    from edge_agent.build_ears import ears
    from edge_agent.host.jobs import Detection
    from tests.rigs.bench import nods as spoken
    from tests.rigs.bench.yielding import bench_yield, recorded

    chosen = build.choose(run.settings)
    vad, endpoint, asr = build.hearing(run.settings, chosen.vad, chosen.endpoint, chosen.asr)
    clips, passed_over = read_clips(manifests, part=part, limit=limit)
    cases = [recorded(clip, nods=False) for clip in clips] + list(spoken.made_up(made_up))
    if nods:
        cases += [recorded(clip, nods=True) for clip in read_clips(nods, part=part, limit=limit)[0]]
    if voices:
        store = build.store_of(run.settings)
        models = [store.resolve(name, "tts") for name in build.installed_voices(run.settings)]
        cases += spoken.cases({model.name: spoken.installed(build.voice(run.settings, model)) for model in models})
        cases += spoken.cases(spoken.espeak())
    result = bench_yield(
        cases, partial(ears, run.settings, vad, endpoint, asr, Detection(device=True)), progress=progress
    )
    run.publish("yield", {"part": part, "passed_over": passed_over, **result}, chosen.all(), figures)
