"""`edge-agent voice`: the voices that it knows, for `hear.only_enrolled`: enroll, list, rm and test."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_agent.cli.options import ConfigOption, JsonOption, SetOption, SystemOption, settings
from edge_agent.cli.sound import frames_of, source_of
from edge_agent.errors import InputError
from edge_agent.program import pasted
from edge_agent.state import SYSTEM_STATE, state_of

if TYPE_CHECKING:
    from edge_agent.hear.enrolled import Enrolled
    from edge_agent.hear.enrolling import Utterances
    from edge_agent.interfaces import SpeakerEngine
    from edge_agent.line import Source
    from edge_agent.settings import Settings
    from edge_agent.types import Samples

app = typer.Typer(rich_markup_mode=None)

SENTENCES = (
    "The rainbow is a division of white light into many beautiful colours.",
    "Please set a timer for twelve minutes, and remind me to call my sister.",
    "What is the weather going to be like on Thursday afternoon?",
    "I usually have bread with cheese and a large cup of coffee for breakfast.",
    "Turn down the music a little, and switch on the light in the kitchen.",
    "Could you tell me how far it is from here to the next railway station?",
)
"""What is read aloud; in any language one's own words do as well."""
PATIENCE_S = 90.0
"""So long it waits for enough speech."""
LOWEST_DB = -60.0
LONGEST_NAME = 40

FromOption = Annotated[Path | None, typer.Option("--from", help="Sound file to hear instead of the microphone.")]
WhoArgument = Annotated[str, typer.Argument(metavar="NAME", help="Whose voice it is.")]
MicrophoneOption = Annotated[str | None, typer.Option("--microphone", help="Part of the device's name.")]
NOBODY = "Nobody is enrolled."
ENROLL = "edge-agent voice enroll NAME"


@app.command()
def enroll(
    name: WhoArgument,
    from_: FromOption = None,
    microphone: MicrophoneOption = None,
    system: SystemOption = False,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Get to know a voice, from ten seconds of speech or more. Numbers are kept that describe it, and no sound.

    At a terminal a bar shows the level. Read the sentences that are shown, or say anything else, where you will speak
    to it later. It ends by itself. A voice of the same name is replaced.

    Example: edge-agent voice enroll anna

    Example: edge-agent voice enroll anna --from recording.wav
    """
    import numpy as np

    from edge_agent.hear.enrolling import enroll as enrolled

    name = " ".join(name.split())
    if not name or not name.isprintable() or len(name) > LONGEST_NAME:
        raise InputError(f"A name has 1 to {LONGEST_NAME} letters.")
    chosen = settings(config, set_, line={"microphone": microphone})
    encoder, utterances = _engines(chosen)
    source = source_of(chosen, from_)
    if from_ is None:
        typer.echo("Read aloud, where you will speak to it:\n\n  " + "\n  ".join(SENTENCES) + "\n", err=True)
    try:
        spoken = np.concatenate([np.zeros(0, np.float32), *_collected(source, utterances)])
    except KeyboardInterrupt:
        typer.echo("Nothing was kept.", err=True)
        raise typer.Exit(130) from None
    finally:
        source.close()
    voice = enrolled(name, spoken, encoder, date.today())
    _enrolled(system).add(voice)
    typer.echo(pasted(f"{name} is enrolled, from {voice.seconds:.1f} s of speech. Try it: edge-agent voice test"))
    if not chosen.hear.only_enrolled:
        typer.echo(pasted("To have nobody else answered: edge-agent config set hear.only_enrolled true"), err=True)


@app.command("list")
def list_(as_json: JsonOption = False, system: SystemOption = False) -> None:
    """List the voices that it knows.

    Example: edge-agent voice list
    """
    voices = _enrolled(system).voices()
    if as_json:
        rows = [{"name": each.name, "since": each.since.isoformat(), "seconds": each.seconds} for each in voices]
        return typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    for voice in voices:
        typer.echo(f"{voice.name:<20} since {voice.since.isoformat()}, from {voice.seconds:.1f} s of speech")
    if not voices:
        typer.echo(f"{NOBODY} To change that: {ENROLL}", err=True)
    return None


@app.command()
def rm(name: WhoArgument, system: SystemOption = False, set_: SetOption = None, config: ConfigOption = None) -> None:
    """Forget a voice.

    Example: edge-agent voice rm anna
    """
    enrolled = _enrolled(system)
    if not enrolled.remove(name):
        known = ", ".join(each.name for each in enrolled.voices()) or "nobody"
        raise InputError(f'No voice is called "{name}"; enrolled: {known}.', fix="edge-agent voice list")
    typer.echo(f"{name} is forgotten.")
    if not enrolled.voices() and settings(config, set_).hear.only_enrolled:
        typer.echo(f"Nobody is enrolled any more, and hear.only_enrolled is on: {ENROLL}", err=True)


@app.command("test")
def try_out(
    from_: FromOption = None,
    microphone: MicrophoneOption = None,
    system: SystemOption = False,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Tell of whatever is said whose voice it is like, and how much; until Ctrl-C, or the end of the file.

    Example: edge-agent voice test

    Example: edge-agent voice test --from recording.wav
    """
    enrolled = _enrolled(system, listens=True)
    if not enrolled.voices():
        raise InputError(NOBODY, fix=ENROLL)
    chosen = settings(config, set_, line={"microphone": microphone})
    encoder, utterances = _engines(chosen)
    source = source_of(chosen, from_)
    typer.echo(f"Listening in {from_}." if from_ else "Say something. Ctrl-C ends.", err=True)
    said = 0
    try:
        for at_s, utterance in _said(source, utterances):
            said += 1
            typer.echo(f"{at_s:7.2f} s  {_judged(utterance, encoder, enrolled)}")
    except KeyboardInterrupt:
        pass
    finally:
        source.close()
    if not said:
        typer.echo("No speech was heard.", err=True)


def _judged(utterance: Samples, encoder: SpeakerEngine, enrolled: Enrolled) -> str:
    from edge_agent.hear.company import LEAST_S, LONGEST_S, likeness
    from edge_agent.types import HEAR_RATE_HZ

    seconds = len(utterance) / HEAR_RATE_HZ
    length = f"{seconds:4.1f} s of speech: "
    if seconds < LEAST_S:
        return f"{length}too little to tell"
    found = likeness(encoder.embed(utterance[-round(LONGEST_S * HEAR_RATE_HZ) :]), seconds, enrolled.voices())
    if found is None:
        return f"{length}nobody is enrolled any more"
    if found.known:
        return f"{length}{found.name} ({found.score:.2f}, and {found.needed:.2f} is needed)"
    return f"{length}nobody (most like {found.name}: {found.score:.2f}, and {found.needed:.2f} is needed)"


def _engines(chosen: Settings) -> tuple[SpeakerEngine, Utterances]:
    """Raises ModelError."""
    from edge_agent import build
    from edge_agent.hear.enrolling import Utterances

    speaker, vad = (build.choose_one(chosen, role) for role in ("speaker", "vad"))
    return build.speaker(chosen, speaker), Utterances(build.vad(chosen, vad), chosen.hear.vad_speech)


def _enrolled(system: bool, *, listens: bool = False) -> Enrolled:
    """`listens`: the sound card is still to be opened, which root may, and the service's user not from here."""
    from edge_agent.hear.enrolled import Enrolled

    return Enrolled(SYSTEM_STATE if system and listens else state_of(system=system))


def _said(source: Source, utterances: Utterances) -> Iterator[tuple[float, Samples]]:
    """What is said, and when it was over."""
    at_s = 0.0
    for frame in frames_of(source):
        at_s = frame.end_s
        if (utterance := utterances.push(frame)) is not None:
            yield at_s, utterance
    if (utterance := utterances.flush()) is not None:
        yield at_s, utterance


def _collected(source: Source, utterances: Utterances) -> list[Samples]:
    """All that a file holds; of the microphone enough, or what comes in PATIENCE_S. A bar moves at a terminal."""
    from edge_agent.hear.enrolling import WANTED_S
    from edge_agent.lines.level import level
    from edge_agent.types import HEAR_RATE_HZ

    spoken: list[Samples] = []
    is_file = hasattr(source, "ended_s")
    with _bars(WANTED_S) as show:
        for frame in frames_of(source):
            if (utterance := utterances.push(frame)) is not None:
                spoken.append(utterance)
            seconds = sum(map(len, spoken)) / HEAR_RATE_HZ + utterances.seconds
            show(seconds, level(frame.samples).peak_dbfs)
            if not is_file and (seconds >= WANTED_S or frame.end_s >= PATIENCE_S):
                break
    rest = utterances.flush()
    return spoken if rest is None else [*spoken, rest]


@contextmanager
def _bars(wanted_s: float) -> Iterator[Callable[[float, float], object]]:
    """How much was said, and how loud, at a terminal; nothing elsewhere."""
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description:>7}"), BarColumn(50), TextColumn("{task.fields[said]}"))
    with Progress(*columns, transient=True, disable=not sys.stdout.isatty()) as progress:
        speech = progress.add_task("speech", total=wanted_s, said="")
        level = progress.add_task("level", total=-LOWEST_DB, said="")

        def show(seconds: float, level_db: float) -> None:
            progress.update(speech, completed=min(seconds, wanted_s), said=f"{seconds:.1f} of {wanted_s:.0f} s")
            progress.update(level, completed=max(level_db, LOWEST_DB) - LOWEST_DB, said=f"{level_db:.0f} dBFS")

        yield show
