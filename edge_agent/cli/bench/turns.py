"""`edge-agent bench turns`: whole conversations."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from edge_agent.bench.clips import Half
from edge_agent.cli.bench.run import Limit, LoadOption, Manifests, PartOption, Repeat, Run, measurement, progress


@measurement
def turns(
    run: Run,
    manifests: Manifests,
    limit: Limit = 0,
    part: PartOption = Half.ALL,
    repeat: Repeat = 1,
    history: Annotated[
        int, typer.Option("--history", min=0, help="Turns before the first clip, all in one conversation.")
    ] = 0,
    llm_only: Annotated[bool, typer.Option("--llm-only", help="The LLM answers what the skills could, too.")] = False,
    load: LoadOption = 0,
) -> None:
    """Voice-to-voice latency of whole turns, with cut-offs, missed turns and word errors. Takes real time.

    Example:  edge-agent bench turns speech/manifest.jsonl --part test --output bench-results
    """
    from edge_agent import build, build_act, engines, processes
    from edge_agent.bench import floors
    from edge_agent.bench.clips import read_clips
    from edge_agent.bench.history import player
    from edge_agent.bench.load import busy
    from edge_agent.bench.turns import bench_turns
    from edge_agent.bench.wer import ready
    from edge_agent.lines.audio_file import read_audio

    clips, passed_over = read_clips(manifests, part=part, limit=limit)
    if any(clip.transcript for clip in clips):
        ready()
    for clip in clips:  # a damaged file is said before the models are loaded, not in the middle of the run
        read_audio(clip.path)
    chosen = build.choose(run.settings)
    started = time.monotonic()
    loaded = build.engines(run.settings, chosen)
    load_s = time.monotonic() - started
    with ExitStack() as stack:
        act = None
        if not llm_only:
            state = Path(stack.enter_context(TemporaryDirectory()))
            # neither tools nor home: a clip may say "turn on the lamp"
            skills = build_act.act(run.settings, state=state, tools=False, home=False)
            act = stack.enter_context(closing(skills))
            act.warm_up()
        play = player(loaded, partial(build.briefs, run.settings), history, act)
        stack.enter_context(busy(load))
        result = bench_turns(clips, play, repeat=repeat, progress=progress)
    about: dict[str, Any] = {
        "part": part,
        "repeat": repeat,
        "history": history,
        "load": load,
        "passed_over": passed_over,
        "load_s": load_s,
    }
    # before the floors, which need memory that the agent does not
    about |= {"peak_rss_mb": processes.total_peak_mb(), "pss_mb": processes.total_pss_mb()}
    costs = floors.Costs.of(chosen.asr, chosen.llm, chosen.voice)
    result = floors.add_floors(result, costs, floors.measure(engines.threads(0)))
    run.publish("turns", {**about, **result}, chosen.all())
