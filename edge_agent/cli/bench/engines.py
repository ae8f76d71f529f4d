"""`edge-agent bench asr | llm | tts`: one engine alone."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from edge_agent.bench.clips import Part
from edge_agent.cli.bench.run import Limit, Manifests, PartOption, Repeat, Run, Runs, measurement, progress


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
    from edge_agent.bench.asr import bench_asr, read_said, stock_whisper
    from edge_agent.errors import InputError

    clips = read_said(manifests, part=part, limit=limit)
    model = build.choose_one(run.settings, "asr")
    if stock and model.engine != "whisper-ct2":
        raise InputError(f"faster-whisper cannot run {model.name}: --stock is for models of whisper-ct2.")
    engine = engines.asr(run.settings, model.engine, model.main)  # in this process, as the stock one is
    threads = engines.threads(run.settings.hear.threads)
    other = stock_whisper(model.main, threads=threads, language=engine.language) if stock else None
    result = bench_asr(clips, engine, stock=other, repeat=repeat, progress=progress)
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
