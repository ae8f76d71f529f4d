"""A soak: thousands of turns in one conversation, with faults, each judged; and what the process grew by.

examples:
  scripts/soak                                    20,000 turns with scripted engines, some minutes
  scripts/soak --turns 200                        a quick look
  scripts/soak --tier real --turns 200 --kill 20  the models of profile tiny; their processes are killed now and then

Exit code: 0 all bars are met, 1 one is missed, 2 it cannot be tried.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import time
from functools import partial
from pathlib import Path

from edge_agent.errors import EdgeAgentError
from edge_agent.life import journal
from tests.rigs.soak import real, simulated
from tests.rigs.soak.report import as_text, result
from tests.rigs.soak.soak import WINDOW, Soak

TURNS = {"simulated": 20_000, "real": 2_000}
ASKED = ("turns", "seed", "faults", "kill", "profile", "window")


def main(words: list[str] | None = None) -> int:
    options = _parser().parse_args(words)
    options.turns = options.turns or TURNS[options.tier]
    options.window = options.window or min(WINDOW, max(5, options.turns // 20))
    begun_s = time.monotonic()
    try:
        soak = _soak(options)
    except EdgeAgentError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    asked = {name: vars(options)[name] for name in ASKED}
    found = result(soak, asked, time.monotonic() - begun_s)
    data = json.dumps(found, indent=1) + "\n"
    if options.output:
        with open(options.output, "w", encoding="utf-8", opener=partial(os.open, mode=0o600)) as file:
            file.write(data)
    sys.stdout.write(data if options.json else f"{as_text(found)}\n")
    return 0 if found["passed"] else 1


def _soak(options: argparse.Namespace) -> Soak:
    if options.tier == "real":
        return real.soak(
            options.turns, seed=options.seed, kills=options.kill, profile=options.profile, clips=options.clips,
            window=options.window, progress=_progress,
        )  # fmt: skip
    return simulated.soak(
        options.turns, seed=options.seed, faults=options.faults, window=options.window, progress=_progress
    )


def _progress(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--tier", choices=[*TURNS], default="simulated", help="scripted engines, or real ones in their workers")
    add("--turns", type=_positive, metavar="N", help=f"(simulated: {TURNS['simulated']}, real: {TURNS['real']})")
    add("--seed", type=int, default=1, metavar="N", help="of all that is random (1)")
    add("--faults", type=_share, default=0.01, metavar="SHARE", help="simulated: turns in which something fails (0.01)")
    add("--kill", type=int, default=0, metavar="N", help="real: so many times a worker is killed or stopped (0)")
    add("--profile", default="tiny", help="real: whose models (tiny)")
    add("--clips", type=Path, default=real.CLIPS, metavar="MANIFEST", help="real: what is said (those of the tests)")
    add("--window", type=_positive, metavar="N", help=f"turns between two looks ({WINDOW}, or a twentieth)")
    add("--json", action="store_true", help="print JSON instead of text")
    add("--output", type=Path, metavar="FILE", help="write the JSON here, too")
    return parser


def _positive(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number


def _share(text: str) -> float:
    if not 0 <= (share := float(text)) <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not within 0 and 1")
    return share


if __name__ == "__main__":
    journal.install()
    logging.getLogger("edge_agent").setLevel(logging.ERROR)  # faults are what a soak is made of
    sys.exit(main())
