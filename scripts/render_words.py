"""Record what is said where no engine can be asked: the apology, and what safe mode says without a voice.

python scripts/render_words.py LANGUAGE [--set GROUP.KEY=VALUE ...]     such as: de --set models.voice=de.onnx

The texts are those of edge_agent/words/LANGUAGE/texts.toml, and the recordings come to lie beside them. The voice is
the installed one, or the one that is set. It must speak the language, and its licence must allow what is made with it
to be passed on: name both in docs/languages.md.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import get_args

from edge_agent import build, words
from edge_agent.config import load, parse_set
from edge_agent.errors import ConfigError, EdgeAgentError
from edge_agent.lines.audio_file import write_wav


def render(language: str, assignments: list[str], folder: Path) -> list[Path]:
    """The files that were written to `folder`. Raises EdgeAgentError, also for a voice of another language."""
    settings = load(parse_set(["speak.volume=1", "engines.isolation=thread", *assignments]))
    texts = words.words_of(language)
    if texts.language != words.code_of(language):
        raise ConfigError(f"There is no folder {words.FOLDER / language}.")
    voice = build.voice(settings, build.choose_one(settings, "tts"))
    if words.code_of(voice.language) != texts.language:
        raise ConfigError(
            f'The voice speaks "{voice.language}", not "{texts.language}".', fix="--set models.voice=VOICE.onnx"
        )
    files = []
    for name in get_args(words.Recorded):
        files.append(folder / f"{name}.wav")
        write_wav(files[-1], voice.render(getattr(texts, name)), voice.rate_hz)
        files[-1].chmod(0o644)  # not for its owner alone, as other sound: it is no secret, and services read it
    return files


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("language")
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--output", type=Path, help="another folder than the language's")
    asked = parser.parse_args()
    try:
        print(*render(asked.language, asked.set, asked.output or words.FOLDER / asked.language), sep="\n")
    except EdgeAgentError as error:
        print(f"render_words: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
