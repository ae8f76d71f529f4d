"""`python -m tests.rigs.fuzz TARGET [SECONDS]`: needs atheris, which is no dependency: `pip install atheris`."""

from __future__ import annotations

import importlib
import logging
import sys
import tempfile
from pathlib import Path

SECONDS = 600
LIMITS = ("-max_len=4096", "-rss_limit_mb=2048", "-timeout=10", "-print_final_stats=1")


def main(words: list[str]) -> None:
    """Ends as libFuzzer does: 0 where nothing was found; else with the input in a file."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["edge_agent", "h11", "uvicorn", "websockets", "tomllib", "hassil"]):
        from tests.rigs.fuzz.targets import TARGETS

        target, seconds = TARGETS[words[0]], int(words[1]) if len(words) > 1 else SECONDS
        for seed in target.seeds:
            target.takes(seed)  # what is imported late is instrumented, too
    logging.disable(logging.CRITICAL)
    corpus = Path(tempfile.mkdtemp(prefix="corpus-"))
    for number, seed in enumerate(target.seeds):
        (corpus / str(number)).write_bytes(seed)
    atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", *LIMITS, str(corpus)], target.takes)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
