"""The real engines of a small profile, loaded once."""

from pathlib import Path

import pytest

from edge_agent import build
from edge_agent.config import load
from edge_agent.hear.framing import Framer
from edge_agent.run.stage import Rooms

SPEECH = Path(__file__).parent.parent / "data" / "speech"


@pytest.fixture(scope="session")
def speech() -> Path:
    return SPEECH


@pytest.fixture(scope="session")
def engines() -> Rooms:
    settings = load({"models": {"profile": "small"}})
    return build.rooms(settings, build.choose(settings))


@pytest.fixture
def rooms(engines: Rooms) -> Rooms:
    """The engines with nothing of an earlier conversation in them."""
    engines.ears.abandon()
    return Rooms(Framer(), engines.ears, engines.mind, engines.voice)
