"""`edge-agent bench turns | scale | serve | overload | barge | false-turns`: whole conversations."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from edge_agent.bench.clips import Part
from edge_agent.bench.scale import Axis, Case, Row
from edge_agent.cli.bench.run import Limit, Manifests, PartOption, Repeat, Run, measurement, progress


@measurement
def turns(
    run: Run,
    manifests: Manifests,
    limit: Limit = 0,
    part: PartOption = Part.ALL,
    repeat: Repeat = 1,
    history: Annotated[
        int, typer.Option("--history", min=0, help="Turns before the first clip, all in one conversation.")
    ] = 0,
) -> None:
    """Voice-to-voice latency of whole turns, with cut-offs, missed turns and word errors. Takes real time.

    Example:  edge-agent bench turns speech/manifest.jsonl --part test --output bench-results
    """
    from edge_agent import build, engines, processes
    from edge_agent.bench import floors
    from edge_agent.bench.clips import read_clips
    from edge_agent.bench.history import player
    from edge_agent.bench.turns import bench_turns
    from edge_agent.lines.audio_file import read_audio

    clips, passed_over = read_clips(manifests, part=part, limit=limit)
    for clip in clips:  # a damaged file is said before the models are loaded, not in the middle of the run
        read_audio(clip.path)
    chosen = build.choose(run.settings)
    started = time.monotonic()
    rooms = build.rooms(run.settings, chosen)
    load_s = time.monotonic() - started
    result = bench_turns(clips, player(rooms, history), repeat=repeat, progress=progress)
    about: dict[str, Any] = {
        "part": part,
        "repeat": repeat,
        "history": history,
        "passed_over": passed_over,
        "load_s": load_s,
    }
    # before the floors, which need memory that the agent does not
    about |= {"peak_rss_mb": processes.total_peak_mb(), "pss_mb": processes.total_pss_mb()}
    costs = floors.Costs.of(chosen.asr, chosen.llm, chosen.voice)
    result = floors.add_floors(result, costs, floors.measure(engines.threads(0)))
    run.publish("turns", {**about, **result}, chosen.all())


@measurement
def scale(
    run: Run,
    manifests: Manifests,
    only: Annotated[Axis | None, typer.Option("--only", help="One of the four tables.")] = None,
) -> None:
    """How a turn's latency grows: cores, LLMs, length of the speech, length of the conversation. Some 8 minutes.

    The speech is joined from the clips. Example:  edge-agent bench scale speech/manifest.jsonl --only history
    """
    import tempfile

    from edge_agent import build
    from edge_agent.bench import utterances
    from edge_agent.bench.clips import read_clips
    from edge_agent.bench.scale import Llm, bench_scale, cases, in_child

    clips, _ = read_clips(manifests)
    chosen, store = build.choose(run.settings), build.store_of(run.settings)
    names = dict.fromkeys(store.profile(profile).llm for profile in ("tiny", "small", "desktop"))
    entries = [store.manifest.find(name) for name in names]
    llms = [Llm(entry.name, None if store.state(entry) == "installed" else entry.fix) for entry in entries]
    with tempfile.TemporaryDirectory() as folder:

        def measure(case: Case) -> Row:
            manifest = utterances.write(Path(folder), clips, case.seconds, case.count)
            return in_child(case, manifest, run.flags)

        result = bench_scale(cases(llms, chosen.llm.name, only), measure, progress=progress)
    run.publish("scale", result, chosen.all())


@measurement
def serve(run: Run, manifests: Manifests, limit: Limit = 20, part: PartOption = Part.ALL) -> None:
    """Voice-to-voice latency over the WebSocket of `edge-agent serve`, and what idle sessions cost. Takes real time.

    Example:  edge-agent bench serve speech/manifest.jsonl --part test
    """
    from edge_agent import build
    from edge_agent.bench.clips import read_clips
    from edge_agent.bench.serve_turns import bench_serve

    clips, passed_over = read_clips(manifests, part=part, limit=limit)
    chosen = build.choose(run.settings)
    result = bench_serve(clips, run.flags, progress=progress)
    run.publish("serve", {"part": part, "passed_over": passed_over, **result}, chosen.all())


@measurement
def overload(
    run: Run,
    manifests: Manifests,
    limit: Limit = 20,
    part: PartOption = Part.ALL,
    clients: Annotated[int, typer.Option("--clients", min=1, help="Who knock while one is served.")] = 10,
) -> None:
    """Latency of the client that has the one place of `edge-agent serve`, alone and while others knock.

    Example:  edge-agent bench overload speech/manifest.jsonl --part test --clients 10
    """
    from edge_agent import build
    from edge_agent.bench.clips import read_clips
    from edge_agent.bench.overload import bench_overload

    clips, passed_over = read_clips(manifests, part=part, limit=limit)
    chosen = build.choose(run.settings)
    result = bench_overload(clips, run.flags, clients, progress=progress)
    run.publish("overload", {"part": part, "passed_over": passed_over, **result}, chosen.all())


@measurement
def barge(
    run: Run,
    manifests: Manifests,
    limit: Limit = 20,
    part: PartOption = Part.ALL,
    load: Annotated[int, typer.Option("--load", min=0, help="Other processes that keep a core busy each.")] = 0,
    wait: Annotated[
        float, typer.Option("--wait", min=0, help="Seconds before the interruption, where answers begin late.")
    ] = 0,
) -> None:
    """Barge-in: from the onset of the user's speech to the last sound of the answer. Takes real time, 7 s a clip.

    Example:  edge-agent bench barge speech/manifest.jsonl --part test --load 2 --wait 4
    """
    from edge_agent import build
    from edge_agent.bench.barge import bench_barge
    from edge_agent.bench.clips import read_clips
    from edge_agent.bench.load import busy

    clips, passed_over = read_clips(manifests, part=part, limit=limit)
    chosen = build.choose(run.settings)
    rooms = build.rooms(run.settings, chosen)
    with busy(load):
        result = bench_barge(clips, rooms, wait_s=wait, progress=progress)
    run.publish(
        "barge", {"part": part, "load": load, "wait_s": wait, "passed_over": passed_over, **result}, chosen.all()
    )


@measurement
def false_turns(
    run: Run,
    manifests: Annotated[list[Path] | None, typer.Argument(metavar="MANIFEST...", help="As elsewhere.")] = None,
    limit: Limit = 0,
    seconds: Annotated[
        float, typer.Option("--seconds", min=1, help="Each clip is repeated until these are full.")
    ] = 60,
    hours: Annotated[
        int, typer.Option("--hours", min=0, help="Hours of made-up sound: hum, fans, knocks, animals, music, ...")
    ] = 0,
    first_hour: Annotated[
        int, typer.Option("--first-hour", min=0, help="Which of them come first: 24 are not the same as the next 24.")
    ] = 0,
) -> None:
    """Answers to noise, music and silence, where there should be none. Takes no real time: 24 h are some 20 min.

    Example:  edge-agent bench false-turns --hours 24

    Example:  edge-agent bench false-turns noise/manifest.jsonl music/manifest.jsonl silence/manifest.jsonl
    """
    from edge_agent import build
    from edge_agent.bench.false_turns import bench_false_turns, made_up, read_sounds
    from edge_agent.errors import InputError

    sounds = read_sounds(manifests or [], limit, seconds) + made_up(first_hour, hours)
    if not sounds:
        raise InputError("There is nothing to listen to: name a manifest, or --hours.")
    chosen = build.choose(run.settings)
    result = bench_false_turns(sounds, build.rooms(run.settings, chosen), progress=progress)
    run.publish("false-turns", result, chosen.all())
