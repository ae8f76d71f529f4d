"""Entry point: `edge-agent` and `python -m edge_agent`. Turns every expected error into one sentence and an exit code.

0 = done, 1 = failed (a model, a device, an engine), 2 = wrong usage, settings or input, 130 = Ctrl-C.
"""

from __future__ import annotations

import os
import sys

from edge_agent.errors import EdgeAgentError


def main() -> None:
    from edge_agent.cli import app

    try:
        app()
    except EdgeAgentError as error:
        sys.stderr.write(f"edge-agent: {error}\n")
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        raise SystemExit(130) from None
    except BrokenPipeError:  # the reader of a pipe (head, grep -q) has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
