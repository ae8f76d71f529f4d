"""scripts/fit_endpoint.py: it finds the signs that were put into made-up pauses, and prints the module's table."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from edge_agent.hear.finality import WEIGHTS
from tests.rigs.bench.pauses import Pause, Replay


@pytest.fixture(scope="module")
def script() -> ModuleType:
    path = Path(__file__).parents[2] / "scripts" / "fit_endpoint.py"
    spec = importlib.util.spec_from_file_location("fit_endpoint", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["fit_endpoint"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def made_up(n: int = 120) -> list[Replay]:
    """Pauses score low and are mostly open, ends score high: by a seeded draw, so that neither is certain."""
    draw = np.random.default_rng(1)
    replays = []
    for i in range(n):
        low, high = draw.uniform(0.05, 0.7), draw.uniform(0.3, 0.95)
        text = "I would like to" if draw.random() < 0.7 else "I would like it"
        inside = Pause(1.0, 0.5, 1.0, text, ((0.064, low),))
        end = Pause(3.0, None, 2.0, "I would like to go.", ((0.064, high),))
        replays.append(Replay("set", f"{i}.wav", f"speaker {i % 20}", 3.0, False, (inside, end)))
    return replays


def test_the_signs_that_were_put_in_are_found(script: ModuleType) -> None:
    found = script.balanced(script.examples(made_up()))
    weights = dict(zip(WEIGHTS, script.fit(found, 1.0), strict=True))
    assert weights["sound"] > 0.3
    assert weights["open"] < -1
    assert abs(weights["question"]) < 1e-6


def test_a_turn_left_open_and_dips_within_words_teach_the_right_thing(script: ModuleType) -> None:
    dip = Pause(1.0, 0.1, 1.0, "Yes.", ((0.064, 0.5),))
    end = Pause(3.0, None, 2.0, "The time will be.", ((0.064, 0.9),))
    found = script.examples([Replay("set", "a.wav", "somebody", 3.0, True, (dip, end))])
    assert found.ended.sum() == 0, "nobody had finished"
    assert found.weight.sum() == pytest.approx(1), "one pause, the dip is none"


def test_it_prints_the_table_of_the_module(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "endpoint.json"
    path.write_text(json.dumps({"rows": [replay.to_json() for replay in made_up()]}))
    script.main([str(path)])
    printed = capsys.readouterr().out
    table = printed.split("WEIGHTS = ")[1]
    assert list(eval(table)) == list(WEIGHTS)
    assert "120 clips, 20 speakers" in printed
