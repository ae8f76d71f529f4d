"""The real engines of a small profile, loaded once."""

from pathlib import Path

import pytest

from edge_agent import build
from edge_agent.config import load
from edge_agent.host.engines import Engines

SPEECH = Path(__file__).parent.parent / "data" / "speech"


@pytest.fixture(scope="session")
def speech() -> Path:
    return SPEECH


@pytest.fixture(scope="session")
def engines() -> Engines:
    settings = load({"models": {"profile": "small"}})
    return build.engines(settings, build.choose(settings))
