"""`room`: through loudspeakers, in made-up rooms."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edge_agent.bench.clips import Half
from edge_agent.bench.figures import Figures, percent, quantiles
from edge_agent.cli.bench.run import Limit, Manifests, PartOption, Run, measurement, progress
from edge_agent.types import Json


@measurement
def room(
    run: Run,
    manifests: Manifests,
    question: Annotated[Path, typer.Option("--question", help="What the user asks for each answer.")] = Path(
        "tests/data/speech/googlespeech_brooklyn_bridge.flac"
    ),
    limit: Limit = 20,
    part: PartOption = Half.ALL,
    rooms: Annotated[int, typer.Option("--rooms", min=1, help="Rooms in which nobody speaks into the answers.")] = 20,
    answers: Annotated[int, typer.Option("--answers", min=1, help="Answers of 10 s in each.")] = 10,
    words: Annotated[bool, typer.Option("--words", help="With the real ASR: word errors, too. Five times as long.")] = (
        False
    ),
) -> None:
    """Through loudspeakers: turns that nobody began, barge-ins, echo return loss, word errors. No real time.

    Each clip is spoken into an answer that the microphone does not hear, and into one that is 6 dB quieter, as loud and
    6 dB louder than it, in a room of its own (tests/rigs/room). 20 clips and 200 answers take some 10 minutes.

    Example:  python -m tests.rigs.bench room speech/manifest.jsonl --part test
    """
    from edge_agent import build
    from edge_agent.bench import wer
    from edge_agent.bench.clips import read_clips
    from edge_agent.bench.sound import read_16_khz
    from tests.rigs.bench import room as bench
    from tests.rigs.room.voice import story

    wer.ready()
    clips, passed_over = read_clips(manifests, part=part, limit=limit)
    chosen = build.choose(run.settings)
    sentences, asked = story(build.tts(run.settings, chosen.voice)), read_16_khz(question)
    if words:
        vad, endpoint, asr = build.hearing(run.settings, chosen.vad, chosen.endpoint, chosen.asr)
        hearers = bench.Hearers(vad, endpoint, asr)
    else:
        hearers = bench.Hearers(build.vad(run.settings, chosen.vad))
    share = bench.cost(sentences)
    alone = bench.monologues(sentences, asked, hearers.vad, rooms=rooms, answers=answers, progress=progress)
    into = bench.barge_ins(sentences, asked, clips, hearers, progress=progress)
    result = {"part": part, "passed_over": passed_over, "cpu_share": share, "summary": bench.summary(alone, into)}
    run.publish("room", {**result, "alone": alone, "rows": into}, chosen.all(), figures)


def figures(result: Json) -> Figures:
    """Returns the figures in the order of importance."""
    alone = result["summary"]["alone"]
    found = [
        (
            f"alone, {alone['answers']} answers",
            f"{alone['turns_of_nobody']} turns of nobody, {alone['pauses']} pauses, {alone['ducks']} times quieter",
        ),
        ("echo return loss, first second", _decibels(alone["loss_first_db"])),
        ("... from 3 s on", _decibels(alone["loss_later_db"])),
        ("CPU of cancelling while it speaks", f"{percent(result['cpu_share'])} of a core"),
    ]
    for level, s in result["summary"]["spoken_into"].items():
        about = "without an echo" if level == "None" else f"echo {float(level):+.0f} dB"
        errors = "" if s["word_errors"] is None else f"; word errors {percent(s['word_errors'])}"
        text = f"{percent(s['noticed'])} of {s['clips']} noticed, onset to silence {quantiles(s['stop_s'])}{errors}"
        found.append((f"spoken into, {about}", f"{text}; {s['early']} stopped before"))
    return found


def _decibels(found: dict[str, float] | None) -> str:
    return ", ".join(f"{name} {value:.0f} dB" for name, value in found.items()) if found else "none"
