"""`edge-agent transcribe`: the hear room on its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from edge_agent.cli.options import ConfigOption, JsonOption, ProfileOption, SetOption, settings


def transcribe(
    files: Annotated[list[Path], typer.Argument(help="Sound files of any kind.")],
    language: Annotated[str | None, typer.Option("--language", help='Such as "en", or "auto".')] = None,
    as_json: JsonOption = False,
    profile: ProfileOption = None,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Write down what is said in sound files.

    Example:  edge-agent transcribe --json examples/question.wav
    """
    from edge_agent import build
    from edge_agent.lines.audio_file import read_audio
    from edge_agent.resample import resample
    from edge_agent.types import HEAR_RATE_HZ

    chosen = settings(config, set_, hear={"language": language}, models={"profile": profile})
    sounds = [(file, *read_audio(file)) for file in files]  # every file is checked before a model is loaded
    whisper = build.asr(chosen, build.choose_one(chosen, "asr"))
    for file, samples, rate_hz in sounds:
        transcript = whisper.transcribe(resample(samples, rate_hz, HEAR_RATE_HZ))
        if as_json:
            row = {
                "file": str(file),
                "text": transcript.text,
                "language": transcript.language,
                "confidence": round(transcript.confidence, 3),
                "rejected": transcript.rejected,
            }
            typer.echo(json.dumps(row, ensure_ascii=False))
        elif transcript.rejected:
            typer.echo(f"{file}: no words ({transcript.rejected})", err=True)
        else:
            typer.echo(f"{file}: {transcript.text}" if len(files) > 1 else transcript.text)
