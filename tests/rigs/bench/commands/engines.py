"""`tools | after-tools | honest | requests | workers`: one engine alone, and what processes of their own cost."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_agent.bench.clips import Half
from edge_agent.cli.bench.run import PartOption, Run, Runs, measurement, progress
from tests.rigs.bench.figures import figures

if TYPE_CHECKING:
    from edge_agent.build import Chosen
    from edge_agent.settings import Settings
    from tests.rigs.bench.workers import Tried


@measurement
def tools(
    run: Run,
    part: PartOption = Half.ALL,
    every: Annotated[bool, typer.Option("--every", help="Offer all the tools, not those that fit.")] = False,
    bfcl: Annotated[
        Path | None, typer.Option("--bfcl", help="A folder with live_simple.jsonl and so on, instead of our requests.")
    ] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="Requests of each file of --bfcl at most.")] = 40,
) -> None:
    """Share of requests for which the LLM calls the right tool, with the right arguments.

    Example:  python -m tests.rigs.bench tools --profile small --part test
    """
    from edge_agent import build
    from edge_agent.clock import RealClock
    from tests.rigs.bench.bfcl import read_bfcl
    from tests.rigs.bench.tools import INSTRUCTIONS, bench_tools, fitting, read_requests, read_tools

    requests = read_bfcl(bfcl, part, most) if bfcl else read_requests(part)
    model = build.choose_one(run.settings, "llm")
    started = time.monotonic()
    writer = build.writer(run.settings, model)
    writer.warm_up(INSTRUCTIONS)
    load_s = time.monotonic() - started
    offer = {} if every else {"offer": fitting}
    result = bench_tools(writer, read_tools(), requests, RealClock(), progress, **offer)
    about = {"part": part, "every": every, "bfcl": bfcl is not None, "load_s": load_s}
    run.publish("tools", {**about, **result}, [model], figures)


@measurement
def after_tools(run: Run) -> None:
    """What a server's LLM says once a tool has returned, at each of its doors: words, or the same call again.

    Example:  python -m tests.rigs.bench after-tools --profile small
    """
    from edge_agent import build
    from tests.rigs.bench.after_tools import bench_after_tools
    from tests.rigs.bench.serve_turns import server

    model = build.choose_one(run.settings, "llm")
    with server(run.flags) as (url, _):
        base = f"http{url.removeprefix('ws').partition('/realtime')[0]}"
        run.publish("after-tools", bench_after_tools(base, progress), [model], figures)


@measurement
def honest(
    run: Run,
    sets: Annotated[list[Path] | None, typer.Argument(metavar="[SET]...", help="JSON lines; without, both.")] = None,
    code_only: Annotated[bool, typer.Option("--code-only", help="No LLM: where it would answer, nobody does.")] = False,
) -> None:
    """What becomes of typed requests: done right, refused, falsely claimed, made up, echoed.

    Example:  python -m tests.rigs.bench honest --profile small
    """
    from edge_agent import build
    from tests.rigs.bench.honest import SETS, bench_honest, read_set
    from tests.rigs.bench.typed import Silent, begin_with

    model = build.choose_one(run.settings, "llm")
    begin = begin_with(run.settings, Silent() if code_only else build.writer(run.settings, model))
    found = {path.stem: bench_honest(read_set(path), begin, progress) for path in sets or SETS}
    run.publish("honest", {"code_only": code_only, "sets": found}, [] if code_only else [model], figures)


@measurement
def requests(run: Run, file: Annotated[Path, typer.Argument(help="JSON lines with `intent` and `sentence`.")]) -> None:
    """Sentences that others wrote down: which skill answers each, without an LLM.

    Example:  python -m tests.rigs.bench requests slurp/calendar.jsonl
    """
    from tests.rigs.bench.requests import bench_requests, counted, read_requests
    from tests.rigs.bench.typed import Silent, begin_with

    rows = bench_requests(read_requests(file), begin_with(run.settings, Silent()))
    run.publish("requests", {"counted": counted(rows), "rows": rows}, [], figures)


@measurement
def workers(
    run: Run,
    repeat: Runs = 5,
    hang: Annotated[
        bool, typer.Option("--hang", help="Stop them instead of killing them: they are given up at engines.deadline_s.")
    ] = False,
) -> None:
    """What it costs that engines have processes of their own, and how soon one is back after its process was killed.

    Example:  python -m tests.rigs.bench workers --profile small --repeat 10
    """
    import signal

    from edge_agent import build
    from edge_agent.clock import RealClock
    from edge_agent.errors import InputError
    from edge_agent.workers.worker import crossings
    from tests.rigs.bench.workers import bench_crossings, bench_kills

    if run.settings.engines.isolation != "process":
        raise InputError("Only engines in processes can be killed: --set engines.isolation=process.")
    chosen = build.choose(run.settings)
    turn = bench_crossings(
        _spoken_turns(run.settings, chosen),
        lambda: {kind: (each.asked, each.cost_s) for kind, each in crossings.items()},
        runs=repeat,
        progress=progress,
    )
    number = signal.SIGSTOP if hang else signal.SIGKILL
    rows = bench_kills(_killable(run.settings, chosen), RealClock(), runs=repeat, number=number, progress=progress)
    models = [chosen.asr, chosen.llm, chosen.voice]
    run.publish("workers", {"runs": repeat, "turn": turn, "rows": rows}, models, figures)


def _spoken_turns(settings: Settings, chosen: Chosen) -> Callable[[Callable[[], object]], object]:
    """A conversation of one spoken question, which tells when an answer begins to sound."""
    from edge_agent import build
    from edge_agent.events import Event, Saying
    from tests.rigs.conformance import QUESTION

    host = build.inline_host(settings, chosen)

    def turn(sounds: Callable[[], object]) -> None:
        def on_event(event: Event) -> None:
            if isinstance(event, Saying):
                sounds()

        line = build.line(settings, host.rate_hz, input=QUESTION, output=None, fast=True)
        build.conversation(line, host, settings, on_event=on_event, on_mark=lambda *_: None, linger_s=2.0).run()

    return turn


def _killable(settings: Settings, chosen: Chosen) -> dict[str, Tried]:
    import numpy as np

    from edge_agent import build
    from edge_agent.types import HEAR_RATE_HZ
    from edge_agent.workers.remote import RemoteAsr, RemoteLlm, RemoteTts
    from tests.rigs.bench.workers import Tried

    asr, llm, tts = build.asr(settings, chosen.asr), build.llm(settings, chosen.llm), build.tts(settings, chosen.voice)
    assert isinstance(asr, RemoteAsr)
    assert isinstance(llm, RemoteLlm)
    assert isinstance(tts, RemoteTts)
    second, prompt = np.zeros(HEAR_RATE_HZ, np.float32), llm.tokenize("Good morning")
    return {
        "asr": Tried(lambda: asr.worker.pid, lambda: asr.transcribe(second, final=False)),
        "llm": Tried(lambda: llm.worker.pid, lambda: next(llm.generate(prompt, lambda: True), None)),
        "tts": Tried(lambda: tts.worker.pid, lambda: next(tts.stream("Good morning."))),
    }
