"""A wall clock that jumps (no NTP yet, summer time, a wake-up) moves nothing: what waits or measures is monotonic."""

from __future__ import annotations

import ast
from pathlib import Path

import edge_agent

PACKAGE = Path(edge_agent.__file__).parent

WALL = {"time", "time_ns", "localtime", "gmtime", "ctime", "strftime", "now", "utcnow", "today"}
TELL_THE_TIME = {
    "act/times/feasts.py",  # which years' holidays have names that are known
    "build.py",  # which day is meant by a call's "tomorrow"
    "build_act.py",  # what time it is, when a timer is due
    "cli/agents.py",  # when a talk with a desk is said to begin
    "cli/agents_owner.py",  # the same
    "cli/agents_report.py",  # which calls are those of the last days
    "desk/owner/trial.py",  # the same, of a test that names no time
    "cli/chat.py",  # the same, where no other time was given
    "doors/own_device.py",  # which timers are left, for the page
    "doors/http.py",  # when an answer was made
    "cli/times.py",  # which time a phrase means now
    "cli/when.py",  # when a timer is started, and which day tomorrow is
    "cli/voice.py",  # when a voice was enrolled
    "doors/house.py",  # whether a certificate has ended, when a device was paired
    "doors/phone_call.py",  # when somebody called
    "watch/history.py",  # when something was said
    "bench/machine.py",  # when something was measured
    "store/check.py",  # how long ago a file was changed; in doubt it is read again
}


def asks_the_wall_clock(tree: ast.AST) -> bool:
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in WALL
        and ast.unparse(node.value) in {"time", "datetime", "date", "datetime.datetime", "datetime.date"}
        for node in ast.walk(tree)
    ) or any(
        isinstance(node, ast.ImportFrom) and node.module == "time" and WALL & {name.name for name in node.names}
        for node in ast.walk(tree)
    )


def test_only_who_tells_the_time_asks_the_wall_clock() -> None:
    asking = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if asks_the_wall_clock(ast.parse(path.read_text("utf-8")))
    }
    assert asking == TELL_THE_TIME
