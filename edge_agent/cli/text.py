"""`edge-agent say` and `edge-agent chat`: the speak room and the think room on their own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from edge_agent.cli.options import ConfigOption, ProfileOption, SetOption, check_place, settings


def say(
    text: Annotated[str, typer.Argument(help="What to say; '-' reads standard input.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write a WAV file instead of playing.")] = None,
    speaker: Annotated[str | None, typer.Option("--speaker", help="Part of the device's name.")] = None,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Say a text aloud, or write it to a WAV file.

    Example: edge-agent say "It is half past three."

    Example: date | edge-agent say - -o date.wav
    """
    from edge_agent import build
    from edge_agent.errors import InputError

    words = sys.stdin.read() if text == "-" else text
    if not words.strip():
        raise InputError("There is nothing to say.")
    check_place(output)
    chosen = settings(config, set_, line={"speaker": speaker})
    voice = build.voice(chosen, build.choose_one(chosen, "tts"))
    if output:
        from edge_agent.lines.audio_file import write_wav

        return write_wav(output, voice.render(words), voice.rate_hz)
    from edge_agent.lines.speaker import Loudspeaker

    loudspeaker = Loudspeaker(voice.rate_hz, chosen.line.speaker)
    try:
        loudspeaker.play(voice.render(words))
    finally:
        loudspeaker.close()
    return None


def chat(
    message: Annotated[str | None, typer.Argument(help="One message; without it, a conversation.")] = None,
    profile: ProfileOption = None,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Type instead of talking: the same persona, model and ledger, without sound. Ctrl-D ends.

    Example: edge-agent chat "How old is the Brooklyn Bridge?"

    Example: edge-agent chat
    """
    from edge_agent import build
    from edge_agent.agent.ledger import Ledger, Said
    from edge_agent.errors import EngineError, InputError
    from edge_agent.types import Sentence

    if message is not None and not message.strip():
        raise InputError("There is nothing to answer.")
    chosen = settings(config, set_, models={"profile": profile})
    writer, briefs = build.writer(chosen, build.choose_one(chosen, "llm")), build.briefs(chosen)
    ledger = Ledger()
    asked = [message] if message else iter(lambda: _line(), None)
    for turn, words in enumerate(asked, start=1):
        if not words.strip():
            continue
        said = []
        try:
            for part in writer.write(briefs.brief(turn, words, ledger.entries())):
                if isinstance(part, Sentence) and part.text:
                    said.append(part.text)
                    typer.echo(part.text)
        except EngineError as error:
            if message is not None:
                raise
            typer.echo(f"{error} Please ask again.", err=True)
            continue
        ledger.add(Said(turn, "user", words))
        ledger.add(Said(turn, "agent", " ".join(said)))


def _line() -> str | None:
    """The next typed line, or None at the end of the input."""
    if sys.stdin.isatty():
        typer.echo("> ", nl=False)
    line = sys.stdin.readline()
    return line.rstrip("\n") if line else None
