"""Run: what every measurement shares on the command line, and how its result is published."""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edge_agent.bench.clips import Half
from edge_agent.cli.options import ConfigOption, JsonOption, ProfileOption, SetOption, settings

if TYPE_CHECKING:
    from edge_agent.bench.figures import Figures
    from edge_agent.settings import Settings
    from edge_agent.store import Model

Manifests = Annotated[
    list[Path], typer.Argument(metavar="MANIFEST...", help="JSON lines: file, transcript, speech_end_s, ...")
]
Limit = Annotated[int, typer.Option("--limit", min=0, help="Clips of each manifest; 0 = all.")]
PartOption = Annotated[Half, typer.Option("--part", help="Half of the clips, by a hash of the speaker.")]
Repeat = Annotated[int, typer.Option("--repeat", min=1, help="Times that all clips are played.")]
LoadOption = Annotated[int, typer.Option("--load", min=0, help="Other processes that keep a core busy each.")]
Runs = Annotated[int, typer.Option("--repeat", min=1, help="Warm runs, of which the median is taken.")]


def _folder(path: Path | None) -> Path | None:
    """The folder is made before the run, so that an hour of measuring does not end in a place that cannot be
    written."""
    if path:
        from edge_agent.bench.report import prepare

        prepare(path)
    return path


OutputOption = Annotated[
    Path | None,
    typer.Option("--output", callback=_folder, help="Folder for a JSON file and an HTML page of the result."),
]


@dataclass(frozen=True, slots=True)
class Run:
    """One measurement: the settings in force, and where its result goes."""

    settings: Settings
    flags: tuple[str, ...]
    """The options that led to these settings, for a child process."""
    as_json: bool
    output: Path | None

    def publish(
        self,
        kind: str,
        result: dict[str, Any],
        models: Iterable[Model],
        figures: Callable[[dict[str, Any]], Figures] | None = None,
        drawing: str = "",
    ) -> None:
        """Adds what the figures depend on; prints them, and with --output writes them.

        `figures` says the headline numbers of a result, where those of `edge-agent bench` are not meant; `drawing` is
        an inline <svg> for the page.
        """
        from edge_agent import processes
        from edge_agent.bench import machine, report
        from edge_agent.bench.figures import figures as own_figures

        groups = self.settings.model_dump(mode="json", include={"hear", "turns", "think", "speak", "engines"})
        result = {
            "schema": report.SCHEMA,
            "kind": kind,
            "machine": machine.machine(),
            "models": machine.models(models),
            "settings": groups,
            "peak_rss_mb": processes.total_peak_mb(),
            "pss_mb": processes.total_pss_mb(),
            **result,
        }
        told = (figures or own_figures)(result)
        typer.echo(json.dumps(result, ensure_ascii=False) if self.as_json else report.as_text(result, told))
        if self.output:  # last: where the disk refuses, an hour of measuring is on the screen
            progress(f"Written: {report.write(self.output, result, told, drawing)}")


def measurement(command: Callable[..., None]) -> Callable[..., None]:
    """A command with the options of every measurement added to its own; it takes them as a first `Run`."""

    @functools.wraps(command)
    def with_run(
        *args: Any,
        as_json: bool,
        output: Path | None,
        profile: str | None,
        set_: list[str] | None,
        config: Path | None,
        **kwargs: Any,
    ) -> None:
        given = [("--profile", profile), ("--config", config), *(("--set", each) for each in set_ or [])]
        flags = tuple(str(word) for option, value in given if value for word in (option, value))
        in_force = settings(config, set_, models={"profile": profile})
        command(Run(in_force, flags, as_json, output), *args, **kwargs)

    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    with_run.__signature__ = inspect.Signature([*own, *_SHARED])  # type: ignore[attr-defined]
    with_run.__annotations__ = {each.name: each.annotation for each in (*own, *_SHARED)}
    return with_run


_SHARED = tuple(
    inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
    for name, default, annotation in (
        ("as_json", False, JsonOption),
        ("output", None, OutputOption),
        ("profile", None, ProfileOption),
        ("set_", None, SetOption),
        ("config", None, ConfigOption),
    )
)


def progress(line: str) -> None:
    typer.echo(line, err=True)
