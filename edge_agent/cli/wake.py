"""`edge-agent wake`: the name by which it is called: a live test, and those that there are."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_agent.cli.options import ConfigOption, JsonOption, SetOption, settings
from edge_agent.cli.sound import frames_of, source_of
from edge_agent.errors import ConfigError

if TYPE_CHECKING:
    from edge_agent.hear.wake import MicroWake, Recognized
    from edge_agent.line import Source
    from edge_agent.settings import Settings

app = typer.Typer(rich_markup_mode=None)
BARS_S = 0.1
"""How often the bars move."""

Show = Callable[[tuple[float, ...]], object]


@app.command("test")
def try_out(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Instead of those that are set.")] = None,
    input: Annotated[Path | None, typer.Option("--input", help="Sound file to hear instead of the microphone.")] = None,
    microphone: Annotated[str | None, typer.Option("--microphone", help="Part of the device's name.")] = None,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Listen, and tell each name that is recognized, with its score; until Ctrl-C, or the end of the file.

    At a terminal a bar moves for each name. Without NAME: those of hear.wake, or all four that come with the program.

    Example: edge-agent wake test

    Example: edge-agent wake test hey_jarvis alexa --microphone usb

    Example: edge-agent wake test okay_nabu --input recording.wav
    """
    chosen = settings(config, set_, hear={"wake": ",".join(names) if names else None}, line={"microphone": microphone})
    engine = _engine(chosen)
    said = " or ".join(f'"{name}"' for name in engine.names)
    source = source_of(chosen, input)
    typer.echo(f"Listening for {said}" + (f" in {input}." if input else ". Ctrl-C ends."), err=True)
    highest = tuple(0.0 for _ in engine.models)
    found = 0
    try:
        with _bars(engine) as show:
            for at_s, recognized, scores in _heard(engine, source):
                highest = tuple(map(max, highest, scores))
                show(scores)
                if recognized and recognized.sure:
                    found += 1
                    typer.echo(f"{at_s:7.2f} s  {recognized.name}  {recognized.score:.2f}")
    except KeyboardInterrupt:
        pass
    finally:
        source.close()
    for model, score in zip(engine.models, highest, strict=True):
        typer.echo(f"{model.spoken}: highest score {score:.2f}, counts as said from {model.cutoff:.2f} on", err=True)
    if not found:
        typer.echo("No name was recognized.", err=True)


@app.command("list")
def list_(as_json: JsonOption = False, set_: SetOption = None, config: ConfigOption = None) -> None:
    """List the names that it can be called by; * marks those that are set.

    Example: edge-agent wake list
    """
    from edge_agent.hear.wake import LICENCE, MicroWake
    from edge_agent.settings.wake import BUILT_IN, models_of, phrases_of

    wanted = settings(config, set_).hear.wake
    engine = MicroWake(tuple(dict.fromkeys((*BUILT_IN, *models_of(wanted)))))
    rows = [
        {**asdict(model), "set": model.name in wanted, "licence": LICENCE if model.name in BUILT_IN else None}
        for model in engine.models
    ]
    if as_json:
        return typer.echo(json.dumps({"models": rows, "phrases": phrases_of(wanted)}, indent=2))
    for model, row in zip(engine.models, rows, strict=True):
        mark, licence = "*" if row["set"] else " ", row["licence"] or "your own"
        typer.echo(f'{mark} {model.name:<14} "{model.spoken}"{"":<{14 - len(model.spoken)}} {licence:<11} ', nl=False)
        typer.echo(f"from {model.cutoff:.2f} on, made from speakers of {', '.join(model.languages) or 'unknown'}")
    for phrase in phrases_of(wanted):
        typer.echo(f"* phrase:{phrase}  recognized from what the ASR hears: slower, and hungrier")
    typer.echo("To be called by one: edge-agent talk --set hear.wake=hey_jarvis (docs/room.md)", err=True)
    return None


def _engine(chosen: Settings) -> MicroWake:
    """Raises ConfigError where nothing can be tested."""
    from edge_agent.build_called import wake
    from edge_agent.hear.wake import MicroWake
    from edge_agent.settings.wake import BUILT_IN

    if not chosen.hear.wake:
        return MicroWake(BUILT_IN, cutoff=chosen.hear.wake_cutoff)
    engine = wake(chosen)
    if engine is None:
        raise ConfigError(
            "A phrase of your own has no score: it is looked for in what the ASR hears.", fix="edge-agent talk"
        )
    return engine


def _heard(engine: MicroWake, source: Source) -> Iterator[tuple[float, Recognized | None, tuple[float, ...]]]:
    """What each stretch of BARS_S has brought: its end, a name, the highest scores."""
    next_s = 0.0
    for frame in frames_of(source):
        recognized = engine.push(frame.samples)
        if (recognized and recognized.sure) or frame.end_s >= next_s:
            next_s = frame.end_s + BARS_S
            yield frame.end_s, recognized, engine.scores()


@contextmanager
def _bars(engine: MicroWake) -> Iterator[Show]:
    """A bar for each name, at a terminal; nothing elsewhere."""
    if not sys.stdout.isatty():
        yield lambda scores: None
        return
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description:>14}"), BarColumn(60), TextColumn("{task.fields[score]:4.2f}"))
    with Progress(*columns, transient=True, redirect_stdout=True) as progress:
        bars = [progress.add_task(name, total=1.0, score=0.0) for name in engine.names]

        def show(scores: Iterable[float]) -> None:
            for bar, score in zip(bars, scores, strict=True):
                progress.update(bar, completed=score, score=score)

        yield show
