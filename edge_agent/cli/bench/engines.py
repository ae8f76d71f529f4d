"""`edge-agent bench asr | llm | tts`: one engine alone."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edge_agent.bench.clips import Half
from edge_agent.cli.bench.run import Limit, Manifests, PartOption, Repeat, Run, Runs, measurement, progress
from edge_agent.errors import InputError
from edge_agent.processes import resident_mb

if TYPE_CHECKING:
    from edge_agent.interfaces import TtsEngine
    from edge_agent.settings import Settings
    from edge_agent.speak.voice import Voice
    from edge_agent.store import Model


@measurement
def asr(
    run: Run,
    manifests: Manifests,
    limit: Limit = 0,
    part: PartOption = Half.ALL,
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
    from edge_agent.think.brief_prompt import BriefPrompt
    from edge_agent.think.render import Render

    model = build.choose_one(run.settings, "llm")
    started = time.monotonic()
    engine = build.llm(run.settings, model)
    load_s = time.monotonic() - started
    render = Render(
        build.chat_template(run.settings, model), lambda text, special: engine.tokenize(text, special=special)
    )
    prompt = BriefPrompt(render, lambda prompt, start, count: None)
    result = bench_llm(engine, prompt, run.settings.think.persona, RealClock(), runs=repeat, progress=progress)
    run.publish("llm", {"load_s": load_s, **result}, [model])


@measurement
def tts(
    run: Run,
    repeat: Runs = 5,
    beside: Annotated[
        str | None,
        typer.Option("--beside", metavar="VOICE", help="A second voice, take by take with the first."),
    ] = None,
    sentences: Annotated[
        Path | None,
        typer.Option("--sentences", metavar="MANIFEST", help="JSON lines: transcript. Said, then heard by the ASR."),
    ] = None,
    limit: Limit = 0,
) -> None:
    """Time to the first sound of a fragment, real-time factor, memory, and how well the ASR understands it.

    Example:  edge-agent bench tts --beside my-voice.onnx --sentences speech/manifest.jsonl --limit 50
    """
    from edge_agent import build
    from edge_agent.bench.asr import read_said
    from edge_agent.bench.tts import bench_tts, round_trip
    from edge_agent.clock import RealClock

    said = [str(row["transcript"]) for _, row in read_said([sentences], limit=limit)] if sentences else []
    models = [build.choose_one(run.settings, "tts")]
    models += [build.store_of(run.settings).resolve(beside, "tts")] if beside else []
    loaded = [_loaded(run.settings, model) for model in models]
    voices = [each.voice for each in loaded]
    found = bench_tts(voices, RealClock(), runs=repeat, progress=progress)
    if said:
        asr = build.asr(run.settings, build.choose_one(run.settings, "asr"))
        for row, trip in zip(found, round_trip(voices, asr, said, progress), strict=True):
            row["round_trip"] = trip
    first, *others = [row | each.facts() for row, each in zip(found, loaded, strict=True)]
    run.publish("tts", {**first, "beside": others}, models[:1])


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A voice, and the engine that makes it."""

    model: Model
    engine: TtsEngine
    voice: Voice
    load_s: float

    def facts(self) -> dict[str, Any]:
        """`memory_mb`: what its process has now; None where it has none of its own."""
        from edge_agent.workers.remote import RemoteTts

        pid = self.engine.worker.pid if isinstance(self.engine, RemoteTts) else None
        name, licence = Path(self.model.name).name, self.model.licence
        memory_mb = round(resident_mb(pid)) if pid else None
        return {"voice": name, "licence": licence, "load_s": self.load_s, "memory_mb": memory_mb}


def _loaded(settings: Settings, model: Model) -> _Loaded:
    from edge_agent import build
    from edge_agent.speak.voice import Voice

    started = time.monotonic()
    engine = build.tts(settings, model)
    return _Loaded(model, engine, Voice(engine, language=engine.language), time.monotonic() - started)
