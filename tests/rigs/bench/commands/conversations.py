"""`scale | serve | overload | barge | false-turns`: whole conversations."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from edge_agent.bench.clips import Half
from edge_agent.cli.bench.run import Limit, LoadOption, Manifests, PartOption, Run, measurement, progress
from tests.rigs.bench.figures import figures
from tests.rigs.bench.scale import Axis, Case, Row


@measurement
def scale(
    run: Run,
    manifests: Manifests,
    only: Annotated[Axis | None, typer.Option("--only", help="One of the four tables.")] = None,
) -> None:
    """How a turn's latency grows: cores, LLMs, length of the speech, length of the conversation. Some 8 minutes.

    The speech is joined from the clips. Example:  python -m tests.rigs.bench scale speech/manifest.jsonl --only history
    """
    import tempfile

    from edge_agent import build
    from edge_agent.bench.clips import read_clips
    from tests.rigs.bench import utterances
    from tests.rigs.bench.scale import Llm, bench_scale, cases, in_child

    clips, _ = read_clips(manifests)
    chosen, store = build.choose(run.settings), build.store_of(run.settings)
    names = dict.fromkeys(store.profile(profile).llm for profile in ("tiny", "small", "desktop"))
    entries = [store.manifest.find(name) for name in names]
    llms = [Llm(entry.name, None if store.state(entry) == "installed" else store.fix(entry.name)) for entry in entries]
    with tempfile.TemporaryDirectory() as folder:

        def measure(case: Case) -> Row:
            manifest = utterances.write(Path(folder), clips, case.seconds, case.count)
            return in_child(case, manifest, run.flags)

        result = bench_scale(cases(llms, chosen.llm.name, only), measure, progress=progress)
    run.publish("scale", result, chosen.all(), figures)


@measurement
def serve(run: Run, manifests: Manifests, limit: Limit = 20, part: PartOption = Half.ALL) -> None:
    """Voice-to-voice latency over the WebSocket of `edge-agent serve`, and what idle sessions cost. Takes real time.

    Example:  python -m tests.rigs.bench serve speech/manifest.jsonl --part test
    """
    from edge_agent import build
    from edge_agent.bench.clips import read_clips
    from tests.rigs.bench.serve_turns import bench_serve

    clips, passed_over = read_clips(manifests, part=part, limit=limit)
    chosen = build.choose(run.settings)
    result = bench_serve(clips, run.flags, progress=progress)
    run.publish("serve", {"part": part, "passed_over": passed_over, **result}, chosen.all(), figures)


@measurement
def overload(
    run: Run,
    manifests: Manifests,
    limit: Limit = 20,
    part: PartOption = Half.ALL,
    clients: Annotated[int, typer.Option("--clients", min=1, help="Who knock while one is served.")] = 10,
) -> None:
    """Latency of the client that has the one place of `edge-agent serve`, alone and while others knock.

    Example:  python -m tests.rigs.bench overload speech/manifest.jsonl --part test --clients 10
    """
    from edge_agent import build
    from edge_agent.bench.clips import read_clips
    from tests.rigs.bench.overload import bench_overload

    clips, passed_over = read_clips(manifests, part=part, limit=limit)
    chosen = build.choose(run.settings)
    result = bench_overload(clips, run.flags, clients, progress=progress)
    run.publish("overload", {"part": part, "passed_over": passed_over, **result}, chosen.all(), figures)


@measurement
def barge(
    run: Run,
    manifests: Manifests,
    limit: Limit = 20,
    part: PartOption = Half.ALL,
    load: LoadOption = 0,
    wait: Annotated[
        float, typer.Option("--wait", min=0, help="Seconds before the interruption, where answers begin late.")
    ] = 0,
) -> None:
    """Barge-in: from the onset of the user's speech to the last sound of the answer. Takes real time, 7 s a clip.

    Example:  python -m tests.rigs.bench barge speech/manifest.jsonl --part test --load 2 --wait 4
    """
    from edge_agent import build
    from edge_agent.bench.clips import read_clips
    from edge_agent.bench.load import busy
    from tests.rigs.bench.barge import bench_barge

    clips, passed_over = read_clips(manifests, part=part, limit=limit)
    chosen = build.choose(run.settings)
    engines = build.engines(run.settings, chosen)
    with busy(load):
        result = bench_barge(clips, engines, partial(build.briefs, run.settings), wait_s=wait, progress=progress)
    about = {"part": part, "load": load, "wait_s": wait, "passed_over": passed_over}
    run.publish("barge", {**about, **result}, chosen.all(), figures)


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

    Example:  python -m tests.rigs.bench false-turns --hours 24

    Example:  python -m tests.rigs.bench false-turns noise/manifest.jsonl music/manifest.jsonl silence/manifest.jsonl
    """
    from edge_agent import build
    from edge_agent.errors import InputError
    from tests.rigs.bench.false_turns import bench_false_turns, made_up, read_sounds

    sounds = read_sounds(manifests or [], limit, seconds) + made_up(first_hour, hours)
    if not sounds:
        raise InputError("There is nothing to listen to: name a manifest, or --hours.")
    chosen = build.choose(run.settings)
    result = bench_false_turns(sounds, build.engines(run.settings, chosen), progress=progress)
    run.publish("false-turns", result, chosen.all(), figures)
