"""`edge-agent bench asr | llm | tools | tts | workers`: one engine alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from edge_agent.bench.clips import Part
from edge_agent.cli.bench.run import Limit, Manifests, PartOption, Repeat, Run, Runs, measurement, progress

if TYPE_CHECKING:
    from edge_agent.bench.workers import Tried
    from edge_agent.build import Chosen
    from edge_agent.settings import Settings


@measurement
def asr(
    run: Run,
    manifests: Manifests,
    limit: Limit = 0,
    part: PartOption = Part.ALL,
    repeat: Repeat = 1,
    stock: Annotated[
        bool, typer.Option("--stock", help="Also faster-whisper's own transcribe, for comparison.")
    ] = False,
) -> None:
    """Word error rate and time a clip.

    Example:  edge-agent bench asr speech/manifest.jsonl --stock
    """
    from edge_agent import build, engines
    from edge_agent.bench.asr import bench_asr, read_said

    clips = read_said(manifests, part=part, limit=limit)
    model = build.choose_one(run.settings, "asr")
    whisper = engines.asr(run.settings, model.main)  # in this process, as the stock one is
    result = bench_asr(clips, whisper, stock=stock, repeat=repeat, progress=progress)
    run.publish("asr", {"part": part, "repeat": repeat, **result}, [model])


@measurement
def llm(run: Run, repeat: Runs = 10) -> None:
    """Time to the first token, tokens a second.

    Example:  edge-agent bench llm --repeat 20
    """
    from edge_agent import build
    from edge_agent.bench.llm import bench_llm
    from edge_agent.clock import RealClock
    from edge_agent.think.prompt import Prompt
    from edge_agent.think.template import template_for

    model = build.choose_one(run.settings, "llm")
    started = time.monotonic()
    engine = build.llm(run.settings, model)
    load_s = time.monotonic() - started
    prompt = Prompt(
        template_for(run.settings.models.llm_family or model.family or "chatml"),
        lambda text, special: engine.tokenize(text, special=special),
        run.settings.think.persona,
        budget=engine.context,
    )
    result = bench_llm(engine, prompt, RealClock(), runs=repeat, progress=progress)
    run.publish("llm", {"load_s": load_s, **result}, [model])


@measurement
def tools(run: Run, part: PartOption = Part.ALL) -> None:
    """Share of requests for which the LLM calls the right tool, with the right arguments.

    Example:  edge-agent bench tools --profile small --part test
    """
    from edge_agent import build
    from edge_agent.bench.tools import INSTRUCTIONS, bench_tools, read_requests, read_tools
    from edge_agent.clock import RealClock

    model = build.choose_one(run.settings, "llm")
    started = time.monotonic()
    writer = build.writer(run.settings, model)
    writer.warm_up(INSTRUCTIONS)
    load_s = time.monotonic() - started
    result = bench_tools(writer, read_tools(), read_requests(part), RealClock(), progress)
    run.publish("tools", {"part": part, "load_s": load_s, **result}, [model])


@measurement
def tts(run: Run, repeat: Runs = 5) -> None:
    """Time to render a first fragment, real-time factor.

    Example:  edge-agent bench tts --set models.voice=my-voice.onnx
    """
    from edge_agent import build
    from edge_agent.bench.tts import bench_tts
    from edge_agent.clock import RealClock

    model = build.choose_one(run.settings, "tts")
    started = time.monotonic()
    voice = build.voice(run.settings, model)
    load_s = time.monotonic() - started
    result = bench_tts(voice, RealClock(), runs=repeat, progress=progress)
    run.publish("tts", {"load_s": load_s, **result}, [model])


@measurement
def workers(
    run: Run,
    repeat: Runs = 5,
    hang: Annotated[
        bool, typer.Option("--hang", help="Stop them instead of killing them: they are given up at engines.deadline_s.")
    ] = False,
) -> None:
    """What it costs that engines have processes of their own, and how soon one is back after its process was killed.

    Example:  edge-agent bench workers --profile small --repeat 10
    """
    import signal

    from edge_agent import build
    from edge_agent.bench.workers import bench_crossings, bench_kills
    from edge_agent.clock import RealClock
    from edge_agent.errors import InputError
    from edge_agent.workers.worker import crossings

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
    run.publish("workers", {"runs": repeat, "turn": turn, "rows": rows}, [chosen.asr, chosen.llm, chosen.voice])


def _spoken_turns(settings: Settings, chosen: Chosen) -> Callable[[Callable[[], object]], object]:
    """A conversation of one spoken question, which tells when an answer begins to sound."""
    from edge_agent import build
    from edge_agent.conformance import QUESTION
    from edge_agent.types import Event, Saying

    rooms = build.rooms(settings, chosen)

    def turn(sounds: Callable[[], object]) -> None:
        def on_event(event: Event) -> None:
            if isinstance(event, Saying):
                sounds()

        line = build.line(settings, rooms.voice.rate_hz, input=QUESTION, output=None, fast=True)
        build.conversation(line, rooms, on_event=on_event, on_mark=lambda *_: None, linger_s=2.0, fast=True).run()

    return turn


def _killable(settings: Settings, chosen: Chosen) -> dict[str, Tried]:
    import numpy as np

    from edge_agent import build
    from edge_agent.bench.workers import Tried
    from edge_agent.types import HEAR_RATE_HZ
    from edge_agent.workers.remote import RemoteLlm, RemotePiper, RemoteWhisper

    asr, llm, tts = build.asr(settings, chosen.asr), build.llm(settings, chosen.llm), build.tts(settings, chosen.voice)
    assert isinstance(asr, RemoteWhisper)
    assert isinstance(llm, RemoteLlm)
    assert isinstance(tts, RemotePiper)
    second, prompt = np.zeros(HEAR_RATE_HZ, np.float32), llm.tokenize("Good morning")
    return {
        "asr": Tried(lambda: asr.worker.pid, lambda: asr.transcribe(second, final=False)),
        "llm": Tried(lambda: llm.worker.pid, lambda: next(llm.generate(prompt, lambda: True), None)),
        "tts": Tried(lambda: tts.worker.pid, lambda: next(tts.stream("Good morning."))),
    }
