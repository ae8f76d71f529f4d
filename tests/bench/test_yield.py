"""`bench yield`: who stops an answer, with ears that read a script."""

from __future__ import annotations

import numpy as np
import pytest

from edge_agent.hear.ears import Ears
from edge_agent.hear.yielding import Yielding
from tests.rigs.bench import nods, throat
from tests.rigs.bench.yielding import Case, bench_yield
from tests.rigs.fakes import FIRST_LEVEL, HOLD, PATIENCE, THRESHOLDS, LevelAsr, LevelVad, ScriptedEndpoint


def case(words: str, *, nods: bool, seconds: float = 0.4) -> tuple[str, Case]:
    sound = np.concatenate([np.zeros(3200, np.float32), np.full(round(16_000 * seconds), FIRST_LEVEL, np.float32)])
    return words, Case("set", words, sound, 0.2, 0.2 + seconds, nods)


def test_what_stops_the_answer_and_what_does_not_is_counted_and_timed() -> None:
    cases = [
        case("mhm", nods=True),
        case("well well", nods=True),
        case("stop", nods=False),
        case("okay", nods=False),
        case("no", nods=False, seconds=0.05),
    ]
    words = iter(words for words, _ in cases)

    def listener() -> Yielding:
        return Yielding(Ears(LevelVad(), ScriptedEndpoint(), LevelAsr([next(words)]), THRESHOLDS, HOLD), PATIENCE)

    result = bench_yield([each for _, each in cases], listener)
    assert [row["what"] for row in result["rows"]] == ["listens", "interrupts", "interrupts", "listens", "unnoticed"]
    whole = result["summary"]["all"]
    assert (whole["stopped"], whole["backchannels"], whole["missed"], whole["interruptions"]) == (1, 2, 2, 3)
    assert whole["silent_s"] == pytest.approx(PATIENCE.waits_s, abs=0.05)
    assert whole["ducked_s"] == pytest.approx(THRESHOLDS.pause_after_s, abs=0.05)
    assert whole["back_s"] == pytest.approx(HOLD.short_s, abs=0.05)


def test_what_is_made_up_is_the_same_each_time_and_as_loud_as_said() -> None:
    first, again = list(nods.made_up(2)), list(nods.made_up(2))
    assert len(first) == 2 * len(throat.KINDS)
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.sound, other.sound)
        assert 0 <= one.start_s < one.end_s <= len(one.sound) / 16_000
    peaks = [20 * np.log10(np.abs(each.sound).max()) for each in first[:2]]
    assert peaks == pytest.approx(nods.LEVELS_DB, abs=0.1)


def test_each_text_is_said_once_by_each_voice() -> None:
    said: list[str] = []

    def say(text: str) -> tuple[np.ndarray, int]:
        said.append(text)
        return np.full(2205, 0.1, np.float32), 22_050

    made = list(nods.cases({"a voice": say}))
    assert said == [*nods.NODS, *nods.INTERRUPTIONS] == [each.name for each in made]
    assert sum(each.nods for each in made) == len(nods.NODS)
