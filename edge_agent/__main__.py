"""Entry point: `edge-agent` and `python -m edge_agent`. Every expected error becomes one sentence and a code.

0 = done or SIGTERM, 1 = failed (a model, a device, an engine), 2 = wrong usage, settings or input, 130 = Ctrl-C.
"""

from __future__ import annotations

import codecs
import io
import os
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager

from edge_agent.errors import EdgeAgentError


def main() -> None:
    _heed_interrupts(False)
    from edge_agent import cores
    from edge_agent.life import journal, safe_mode, stopping

    cores.leave_none()
    cores.hide()
    journal.install()
    stopping.install()
    _forgive_streams()
    try:
        _heed_interrupts(True)
        _reported(safe_mode.counted)
    except KeyboardInterrupt:
        _heed_interrupts(False)
        sys.stderr.write("\n")
        raise SystemExit(130) from None
    finally:
        _heed_interrupts(False)


def _heed_interrupts(heed: bool) -> None:
    """Whether Ctrl-C is an exception, as Python has it, or ends the process without a word, as it does any other: there
    is nothing to tidy while we begin, and when we are done. One that is ignored, as after nohup, stays so."""
    if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler if heed else signal.SIG_DFL)


def _reported(counted: Callable[[], AbstractContextManager[object]]) -> None:
    """Runs the command; what it raises of ours becomes a sentence, and a code."""
    try:
        with counted():
            _run()
    except EdgeAgentError as error:
        from edge_agent.program import pasted

        sys.stderr.write(f"edge-agent: {pasted(str(error))}\n")
        raise SystemExit(error.exit_code) from None
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
    codecs.register_error("as_given", _as_given)
    for stream, errors in ((sys.stdin, "replace"), (sys.stdout, "as_given"), (sys.stderr, "as_given")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)


def _as_given(error: UnicodeError) -> tuple[str | bytes, int]:
    """A letter that the locale lacks as its number; bytes that it could not read, in the name of a file, as they were
    given: `LC_ALL=C` makes \\udcc3\\udcbc of an umlaut."""
    assert isinstance(error, UnicodeEncodeError)
    letter = ord(error.object[error.start])
    if 0xDC80 <= letter <= 0xDCFF:
        return bytes([letter - 0xDC00]), error.start + 1
    return f"\\u{letter:04x}" if letter < 0x10000 else f"\\U{letter:08x}", error.start + 1


if __name__ == "__main__":
    main()
