"""`edge-agent models`: list, pull, tune, show, verify, rm and path."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edge_agent.cli.options import ConfigOption, JsonOption, ProfileOption, SetOption, settings
from edge_agent.errors import ModelError
from edge_agent.program import pasted

if TYPE_CHECKING:
    from edge_agent.store import Store
    from edge_agent.store.manifest import Entry

app = typer.Typer(help="Model files: what there is, fetch, check, remove.", no_args_is_help=True, rich_markup_mode=None)

Dir = Annotated[
    Path | None,
    typer.Option("--dir", help="The folder of the models, instead of models.dir of the settings."),
]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name of a model.")]


@app.command("list")
def list_models(
    directory: Dir = None,
    as_json: JsonOption = False,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """List the models and profiles, and which are installed.

    Example: edge-agent models list
    """
    from edge_agent import build

    wanted = settings(config, set_, models={"dir": directory, "profile": "auto"})
    store = build.store_of(wanted)
    models = [_summary(store, entry) for entry in store.manifest.models]
    auto = build.profile_of(wanted)
    profiles = {
        profile.name: {role: list(profile.choices(role)) for role in ("asr", "llm", "tts", "vad", "endpoint")}
        for profile in store.manifest.profiles
    }
    if as_json:
        _print_json({"models": models, "profiles": profiles, "auto": auto.name, "reason": auto.reason})
        return
    typer.echo(f"{'NAME':<22} {'ROLE':<9} {'SIZE':>9} {'MEMORY':>8}  {'LICENCE':<13} STATE")
    for model in models:
        note = "" if model["tried"] else " (not run by us)"
        sizes = f"{model['bytes'] / 1e6:>6.1f} MB {model['ram_mb']:>5} MB"
        typer.echo(f"{model['name']:<22} {model['role']:<9} {sizes}  {model['licence']:<13} {model['state']}{note}")
    typer.echo()
    for name, roles in profiles.items():
        chosen = ", ".join(" or ".join(names) for names in roles.values())
        typer.echo(f"profile {name + ':':<9} {chosen}")
    typer.echo(f"auto:             {auto.reason}")


@app.command()
def pull(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME|PROFILE", help="Default: the profile of the settings.")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(metavar="hub|index", help="Only from the hub, or only from the package index."),
    ] = None,
    tuned: Annotated[
        bool,
        typer.Option("--tune/--no-tune", help="Tune an LLM that is new for this machine, as `models tune` does."),
    ] = True,
    directory: Dir = None,
    as_json: JsonOption = False,
    profile: ProfileOption = None,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Fetch and verify models, going on where a pull was interrupted. The one command that uses the network.

    Example: edge-agent models pull small

    Example: edge-agent models pull small --no-tune

    Example: edge-agent models pull --config other.toml
    """
    from edge_agent import build
    from edge_agent.build_tuned import tune_all
    from edge_agent.store.progress import progress
    from edge_agent.store.pull import SOURCES, Puller

    if source not in (None, *SOURCES):
        raise typer.BadParameter(f"{source} is neither hub nor index", param_hint="--source")
    wanted = settings(config, set_, models={"dir": directory, "profile": profile})
    store = build.store_of(wanted)
    try:
        with progress() as watcher:
            if not names:
                used = build.profile_of(wanted)
                watcher.say(f"Profile {used.name}: {used.reason}.")
                names = [used.name]
            pulled = Puller(store, watcher, sources=(source,) if source else SOURCES).pull(names)
            if tuned:
                names, threads = [each.name for each in pulled], wanted.think.threads
                tune_all(store, names, watcher, threads=threads, language=wanted.hear.language)
    except KeyboardInterrupt:
        typer.echo("Interrupted. The same command goes on from here.", err=True)
        raise typer.Exit(130) from None
    if as_json:
        _print_json([{**asdict(result), "path": str(result.path)} for result in pulled])
        return
    for result in pulled:
        how = "is there already" if result.source == "present" else f"pulled from the {result.source}, verified"
        typer.echo(f"{result.name}: {how} ({result.path})")


@app.command()
def tune(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Name of an LLM. Default: that of the settings.")
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Use the file as it was pulled, and remove the copy.")] = False,
    directory: Dir = None,
    as_json: JsonOption = False,
    profile: ProfileOption = None,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Find the format of an LLM's weights that this machine reads fastest, and use it from then on.

    A copy is written beside the model, with fewer tokens where the language is English; 40 s for 0.5 billion weights.
    Do it again after a change of the processor. `models pull` does it by itself.

    Example: edge-agent models tune

    Example: edge-agent models tune --undo qwen2.5-coder-0.5b
    """
    from edge_agent import build, build_tuned
    from edge_agent.store.progress import progress
    from edge_agent.store.tuned import undo as forget

    wanted = settings(config, set_, models={"dir": directory, "profile": profile})
    store = build.store_of(wanted)
    name = name or build.choose_one(wanted, "llm").name
    if undo:
        gone = forget(store.folder(store.manifest.find(name)))
        typer.echo(f"{name} is used as it was pulled{'' if gone else ' already'}.")
        return
    with progress() as watcher:
        threads, language = wanted.think.threads, wanted.hear.language
        found = build_tuned.tune(store, name, watcher, threads=threads, language=language)
    if as_json:
        _print_json({"name": name, **asdict(found)})
        return
    typer.echo(f"{'FORMAT':<18} {'SIZE':>9} {'1':>7} {'8':>7} {'32':>7}  STRAYS")
    for each in found.formats:
        times = " ".join(f"{ms:>4.0f} ms" for ms in each.ms.values())
        used = "  used" if each.name == found.kept else ""
        typer.echo(f"{each.name:<18} {each.bytes / 1e6:>6.0f} MB {times}  {each.stray:.2f}{used}")


@app.command()
def show(name: NameArgument, directory: Dir = None, as_json: JsonOption = False) -> None:
    """Show the files, sources, licence and state of a model.

    Example: edge-agent models show whisper-base
    """
    store = _store(directory)
    entry = store.manifest.find(name)
    detail = _detail(store, entry)
    if as_json:
        _print_json(detail)
        return
    for key in ("name", "role", "licence", "family", "ram_mb", "tried", "bytes", "state", "tuned", "path", "hub"):
        if detail[key] is not None:
            typer.echo(f"{key + ':':<9} {detail[key]}")
    for file in detail["files"]:
        typer.echo(f"file:     {file['name']}  {file['bytes']} bytes  sha256 {file['sha256']}")
        for part in file["parts"]:
            typer.echo(f"          {part}")
    if any(file["parts"] for file in detail["files"]):
        typer.echo("These wheels are other people's projects; they are unpacked as data, and sha256 decides.")


@app.command()
def verify(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Default: all that are installed.")] = None,
    directory: Dir = None,
    as_json: JsonOption = False,
) -> None:
    """Hash every file again. Exit code 1 if one is not what the manifest pins, or if there is none.

    Example: edge-agent models verify
    """
    from edge_agent.store.check import damage

    store = _store(directory)
    if name is not None:
        entries = [store.manifest.find(name)]
    else:
        entries = [entry for entry in store.manifest.models if store.state(entry) != "missing"]
        if not entries:
            places = " or ".join(map(str, store.roots))
            raise ModelError(f"No model is installed in {places}.", fix="edge-agent models pull")
    found = {entry: damage(store.folder(entry), entry, "hash") for entry in entries}
    if as_json:
        _print_json([{"name": entry.name, "ok": not bad, "damage": bad} for entry, bad in found.items()])
    else:
        for entry, bad in found.items():
            typer.echo(f"{entry.name}: {'ok' if not bad else 'damaged'}")
            for file, problem in bad.items():
                typer.echo(f"  {file} {problem}")
            if bad:
                typer.echo(f"  To mend it: {pasted(store.fix(entry.name))}")
    if any(found.values()):
        raise typer.Exit(1)


@app.command()
def rm(name: NameArgument, directory: Dir = None) -> None:
    """Remove the files of a model.

    Example: edge-agent models rm qwen2.5-coder-1.5b
    """
    from edge_agent.store.progress import Lines
    from edge_agent.store.pull import remove

    store = _store(directory)
    for folder in remove(store, store.manifest.find(name), Lines()):
        typer.echo(f"removed {folder}")


@app.command()
def path(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Default: the folder of all.")] = None,
    directory: Dir = None,
) -> None:
    """Print the folder of a model (where it is or would be), or of all models.

    Example: edge-agent models path en_US-joe-medium
    """
    store = _store(directory)
    typer.echo(store.folder(store.manifest.find(name)) if name else store.roots[0])


def _store(directory: Path | None) -> Store:
    from edge_agent.store import Store

    return Store.at(settings(None, None, models={"dir": directory}).models.dir)


def _summary(store: Store, entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "role": entry.role,
        "bytes": entry.bytes,
        "ram_mb": entry.ram_mb,
        "licence": entry.licence,
        "state": store.state(entry),
        "tried": entry.tried,
    }


def _detail(store: Store, entry: Entry) -> dict[str, Any]:
    from edge_agent.store.tuned import tuned

    found = tuned(store.folder(entry), entry)
    return {
        **_summary(store, entry),
        "tuned": found.kept if found else None,
        "family": entry.family,
        "path": str(store.folder(entry)),
        "hub": f"{entry.hub.repo} @ {entry.hub.revision}" if entry.hub else None,
        "files": [
            {
                "name": file.name,
                "bytes": file.bytes,
                "sha256": file.sha256,
                "parts": [f"{part.wheel} {part.member}" for part in file.parts],
            }
            for file in entry.files
        ],
    }


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2))
