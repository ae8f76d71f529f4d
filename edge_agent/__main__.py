"""Entry point: `edge-agent` and `python -m edge_agent`. Every expected error becomes one sentence and a code.

0 = done or SIGTERM, 1 = failed (a model, a device, an engine), 2 = wrong usage, settings or input, 130 = Ctrl-C.
"""

from __future__ import annotations

import io
import os
import sys

from edge_agent.errors import EdgeAgentError


def main() -> None:
    from edge_agent import cores
    from edge_agent.life import journal, safe_mode, stopping

    cores.leave_none()
    journal.install()
    stopping.install()
    _forgive_streams()
    try:
        with safe_mode.counted():
            _run()
    except EdgeAgentError as error:
        from edge_agent.program import pasted

        sys.stderr.write(f"edge-agent: {pasted(str(error))}\n")
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        raise SystemExit(130) from None
    except OSError as error:  # of what is printed; typer has dealt with a pipe whose reader has gone
        sys.stderr.write(f"edge-agent: {_refused(error)}\n")
        if sys.stdout:  # Python would try once more to write what is left in the buffer, and complain
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None


def _run() -> None:
    from edge_agent.cli import app

    try:
        app()
    except ImportError as error:
        ending = _asked_to_end(error)
        if ending is None:
            raise
        raise ending from None


def _asked_to_end(error: BaseException | None) -> BaseException | None:
    """What a signal has raised while an extension module was loaded, which made an ImportError of it."""
    while error is not None and not isinstance(error, SystemExit | KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error


def _refused(error: OSError) -> EdgeAgentError:
    """The error of a command that knows none better: what the system has refused, and which file if there is one."""
    what = f"{error.filename} cannot be used" if error.filename else "The command could not go on"
    return EdgeAgentError(
        f"{what} ({error.strerror or error}).", fix="make room on the disk, or look: edge-agent doctor"
    )


def _forgive_streams() -> None:
    """No traceback where the input or a file name is not UTF-8, or where the caller has closed our input."""
    if sys.stdin is None:
        sys.stdin = open(os.devnull)  # noqa: SIM115  # stays open as long as the process
    for stream, errors in ((sys.stdin, "replace"), (sys.stdout, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)


if __name__ == "__main__":
    main()
