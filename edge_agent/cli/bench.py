"""`edge-agent bench`: measure the rooms and the whole, on the machine at hand."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edge_agent.bench.clips import Part
from edge_agent.cli.options import ConfigOption, JsonOption, ProfileOption, SetOption, settings

if TYPE_CHECKING:
    from edge_agent.config import Settings
    from edge_agent.store import Model

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Measure accuracy and speed on this machine.")

Manifests = Annotated[
    list[Path], typer.Argument(metavar="MANIFEST...", help="JSON lines: file, transcript, speech_end_s, ...")
]
Limit = Annotated[int, typer.Option("--limit", min=0, help="Clips of each manifest; 0 = all.")]
Runs = Annotated[int, typer.Option("--repeat", min=1, help="Warm runs, of which the median is taken.")]


def _folder(path: Path | None) -> Path | None:
    """Made before the run, so that an hour of measuring does not end in a place that cannot be written."""
    if path:
        from edge_agent.bench.report import prepare

        prepare(path)
    return path


Output = Annotated[
    Path | None,
    typer.Option("--output", callback=_folder, help="Folder for a JSON file and an HTML page of the result."),
]


@app.command()
def turns(
    manifests: Manifests,
    limit: Limit = 0,
    part: Annotated[Part, typer.Option("--part", help="Half of the clips, by a hash of the speaker.")] = Part.ALL,
    repeat: Annotated[int, typer.Option("--repeat", min=1, help="Times that all clips are played.")] = 1,
    as_json: JsonOption = False,
    output: Output = None,
    profile: ProfileOption = None,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Voice-to-voice latency of whole turns, with cut-offs, missed turns and word errors. Takes real time.

    Example:  edge-agent bench turns speech/manifest.jsonl --part test --output bench-results
    """
    from edge_agent import build
    from edge_agent.bench.clips import read_clips
    from edge_agent.bench.play import play_clip
    from edge_agent.bench.turns import bench_turns
    from edge_agent.lines.audio_file import read_audio

    clips, passed_over = read_clips(manifests, part=part, limit=limit)
    for clip in clips:  # a damaged file is said before the models are loaded, not in the middle of the run
        read_audio(clip.path)
    in_force = settings(config, set_, models={"profile": profile})
    chosen = build.choose(in_force)
    started = time.monotonic()
    rooms = build.rooms(in_force, chosen)
    load_s = time.monotonic() - started
    result = bench_turns(clips, lambda clip: play_clip(clip, rooms), repeat=repeat, progress=_progress)
    result = {"part": part, "repeat": repeat, "passed_over": passed_over, "load_s": load_s, **result}
    _publish("turns", result, in_force, chosen.all(), as_json=as_json, output=output)


@app.command()
def asr(
    manifests: Manifests,
    limit: Limit = 0,
    stock: Annotated[
        bool, typer.Option("--stock", help="Also faster-whisper's own transcribe, for comparison.")
    ] = False,
    as_json: JsonOption = False,
    output: Output = None,
    profile: ProfileOption = None,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Word error rate and time a clip.

    Example:  edge-agent bench asr speech/manifest.jsonl --stock
    """
    from edge_agent import build
    from edge_agent.bench.asr import bench_asr

    in_force = settings(config, set_, models={"profile": profile})
    model = build.choose_one(in_force, "asr")
    result = bench_asr(manifests, build.asr(in_force, model), stock=stock, limit=limit)
    _publish("asr", result, in_force, [model], as_json=as_json, output=output)


@app.command()
def llm(
    repeat: Runs = 10,
    as_json: JsonOption = False,
    output: Output = None,
    profile: ProfileOption = None,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Time to the first token, tokens a second.

    Example:  edge-agent bench llm --repeat 20
    """
    from edge_agent import build
    from edge_agent.bench.llm import bench_llm
    from edge_agent.clock import RealClock
    from edge_agent.think.prompt import Prompt
    from edge_agent.think.template import template_for

    in_force = settings(config, set_, models={"profile": profile})
    model = build.choose_one(in_force, "llm")
    started = time.monotonic()
    engine = build.llm(in_force, model)
    load_s = time.monotonic() - started
    prompt = Prompt(
        template_for(in_force.models.llm_family or model.family or "chatml"),
        lambda text, special: engine.tokenize(text, special=special),
        in_force.think.persona,
        budget=engine.context,
    )
    result = {
        "load_s": load_s,
        **bench_llm(engine, prompt, RealClock(), runs=repeat, progress=_progress),
    }
    _publish("llm", result, in_force, [model], as_json=as_json, output=output)


@app.command()
def tts(
    repeat: Runs = 5,
    as_json: JsonOption = False,
    output: Output = None,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Time to render a first fragment, real-time factor.

    Example:  edge-agent bench tts --set models.voice=my-voice.onnx
    """
    from edge_agent import build
    from edge_agent.bench.tts import bench_tts
    from edge_agent.clock import RealClock

    in_force = settings(config, set_)
    model = build.choose_one(in_force, "tts")
    started = time.monotonic()
    voice = build.voice(in_force, model)
    load_s = time.monotonic() - started
    result = {"load_s": load_s, **bench_tts(voice, RealClock(), runs=repeat, progress=_progress)}
    _publish("tts", result, in_force, [model], as_json=as_json, output=output)


def _progress(line: str) -> None:
    typer.echo(line, err=True)


def _publish(
    kind: str,
    result: dict[str, Any],
    in_force: Settings,
    models: Sequence[Model],
    *,
    as_json: bool,
    output: Path | None,
) -> None:
    """Add what the figures depend on; print, and with `output` write them."""
    from edge_agent.bench import machine, report

    groups = in_force.model_dump(mode="json", include={"hear", "turns", "think", "speak"})
    result = {
        "schema": report.SCHEMA,
        "kind": kind,
        "machine": machine.machine(),
        "models": machine.models(models),
        "settings": groups,
        "peak_rss_mb": machine.peak_rss_mb(),
        **result,
    }
    if output:
        page = report.write(output, result)
        _progress(f"Written: {page}")
    typer.echo(json.dumps(result, ensure_ascii=False) if as_json else report.as_text(result))
