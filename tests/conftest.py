"""Settings of the whole suite."""

import functools
import gc
import signal

import pytest
import typer.main
import typer.testing
from hypothesis import settings
from leftovers import no_process_is_left
from owners_folders import own_folders, own_state
from real_server import real_server
from sound_server import mortal_sound_server, sound_server
from tiers import (
    everything,
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_report_header,
    pytest_runtest_makereport,
)

__all__ = [
    "everything",
    "mortal_sound_server",
    "no_process_is_left",
    "own_folders",
    "own_state",
    "pytest_addoption",
    "pytest_collection_modifyitems",
    "pytest_report_header",
    "pytest_runtest_makereport",
    "real_server",
    "sound_server",
]

# Seeded, and without a deadline: a busy machine is not a failure.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")

# Most of a short command is the making of all commands, which hold no state: 65 of 85 ms.
typer.testing._get_command = functools.cache(typer.main.get_command)  # type: ignore[attr-defined]

# A shell makes its background jobs deaf to Ctrl-C, and what they start with them: the tests of Ctrl-C then hang.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    """The GPU's tests skip themselves where llama.cpp finds none; `scripts/gpu-check` runs them."""
    config.addinivalue_line("markers", "gpu: needs a GPU that llama.cpp was built for (docs/gpu.md)")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Leaves what collecting the tests made to the end: each full collection of garbage would look through it."""
    gc.collect()
    gc.freeze()
