"""A conversation with code alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from act_said import Said


@pytest.fixture
def said(tmp_path: Path) -> Said:
    return Said(tmp_path)
