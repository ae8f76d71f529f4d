"""The command: plays the scenarios against a server and shows which of them pass."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence

from tests.rigs.conformance.client import Server
from tests.rigs.conformance.play import Result, chosen, play
from tests.rigs.conformance.scenario import Scenario

EXAMPLES = """\
examples:
  python -m tests.rigs.conformance --url ws://127.0.0.1:8765/v1/realtime
  python -m tests.rigs.conformance --url ws://127.0.0.1:8765/v1/realtime --only barge-in --only truncate
  python -m tests.rigs.conformance --url wss://host/v1/realtime --api-key KEY --dialect ga --json
  python -m tests.rigs.conformance --list

A scenario passes, fails (with the reason), or is not shown: what it is about did not come about, and that is legal.
The invariants of the protocol are checked on every connection. Exit code: 0 nothing failed, 1 something did, 2 usage.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    dialects = {"ga", "beta"} if options.dialect == "both" else {options.dialect}
    try:
        scenarios = chosen(options.only, dialects)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if options.list:
        for scenario in scenarios:
            _write(f"{scenario.name:34} {scenario.what}")
        return 0
    if not options.url:
        sys.stderr.write("--url is missing; see --help\n")
        return 2
    server = Server(options.url, options.api_key, options.patience)
    results = asyncio.run(_played(server, scenarios, quiet=options.json))
    if options.json:
        _write(json.dumps([result.to_json() for result in results], indent=1))
    counts = [f"{sum(result.outcome == outcome for result in results)} {outcome}" for outcome in ("pass", "fail")]
    sys.stderr.write(f"{', '.join(counts)}, of {len(results)}\n")
    return 1 if any(result.outcome == "fail" for result in results) else 0


async def _played(server: Server, scenarios: Sequence[Scenario], *, quiet: bool) -> list[Result]:
    """One after the other, a line each as it ends."""
    results = []
    for scenario in scenarios:
        results.append(await play(scenario, server))
        if not quiet:
            _write(str(results[-1]))
    return results


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m tests.rigs.conformance",
        description="Does a server speak the OpenAI Realtime protocol as the hosted service and strict clients do?",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--url", help="of the WebSocket: ws://127.0.0.1:8765/v1/realtime")
    parser.add_argument("--api-key", metavar="KEY", help="sent as bearer token")
    parser.add_argument("--only", metavar="NAME", action="append", default=[], help="this scenario; may be repeated")
    parser.add_argument("--dialect", choices=["ga", "beta", "both"], default="both")
    parser.add_argument("--patience", metavar="S", type=float, default=30.0, help="for any one event (30)")
    parser.add_argument("--json", action="store_true", help="results as JSON on standard output")
    parser.add_argument("--list", action="store_true", help="show the scenarios and end")
    return parser


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
