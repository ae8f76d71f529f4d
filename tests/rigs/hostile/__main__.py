"""One hostile client at a time, and a good one beside it: memory, time, turns lost. `python -m tests.rigs.hostile`.

Exit code: 0 all bars are met, 1 one is missed, 2 it cannot be tried.
"""

from __future__ import annotations

import argparse
import json
import sys

from edge_agent.bench.clips import Clip
from edge_agent.errors import EdgeAgentError
from edge_agent.lines.audio_file import read_audio
from tests.rigs.conformance import QUESTION
from tests.rigs.hostile.attacks import ATTACKS, NOBODY
from tests.rigs.hostile.beside import beside, is_held

QUIET_S = 0.3
"""The recorded question ends so long before its file."""


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.rigs.hostile", description=__doc__)
    parser.add_argument("--only", action="append", choices=[*ATTACKS, NOBODY], help="these attacks; else all, in turn")
    parser.add_argument("--minutes", type=float, default=10.0, help="of each attack (10)")
    parser.add_argument("--pause", type=float, default=5.0, metavar="S", help="between the good client's turns (5)")
    parser.add_argument("--profile", default="tiny", help="whose models answer (tiny)")
    options = parser.parse_args(words)
    rows = []
    try:
        for attack in options.only or ATTACKS:
            row = beside(
                attack, _question(), ["--profile", options.profile], minutes=options.minutes, pause_s=options.pause,
                progress=_told,
            )  # fmt: skip
            rows.append(row | {"held": is_held(row)})
            sys.stdout.write(json.dumps(rows[-1]) + "\n")
            sys.stdout.flush()
    except EdgeAgentError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0 if all(row["held"] for row in rows) else 1


def _question() -> Clip:
    samples, rate_hz = read_audio(QUESTION)
    return Clip("", QUESTION, len(samples) / rate_hz - QUIET_S, None, "en")


def _told(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
