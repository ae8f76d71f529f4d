"""`bench asr`: what is counted, over a scripted ASR; and one clip through the real one and the stock code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, cast

import pytest

from edge_agent.bench.asr import bench_asr, read_said, stock_whisper
from edge_agent.bench.clips import Half, part_of
from edge_agent.errors import InputError
from edge_agent.hear.whisper import Whisper
from edge_agent.interfaces import AsrEngine, Transcript
from edge_agent.store.store import Store

QUESTION = Path(__file__).parents[2] / "examples" / "question.wav"


class Scripted:
    """Answers in the order of the script, whatever it is given."""

    def __init__(self, *texts: str) -> None:
        self._texts = list(texts)

    def warm_up(self) -> None: ...

    def transcribe(self, samples: Any, **_: Any) -> Transcript:
        text = self._texts.pop(0)
        return Transcript(text, "en", 0.9, 0.1, None if text else "no words", False, 3)


def scripted(*texts: str) -> AsrEngine:
    return cast(AsrEngine, Scripted(*texts))


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    folder = tmp_path / "set"
    folder.mkdir()
    shutil.copy(QUESTION, folder / "a.wav")
    rows: list[dict[str, Any]] = [
        {"file": "a.wav", "transcript": "how old is it", "language": "en"},
        {"file": "nowhere.wav", "transcript": None},
        {"file": "a.wav", "transcript": "at 2:30 p.m.", "language": "en"},
    ]
    (folder / "manifest.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    return folder / "manifest.jsonl"


def test_errors_are_pooled_and_untranscribed_clips_left_out(manifest: Path) -> None:
    result = bench_asr(read_said([manifest]), scripted("How old was it?", ""))
    assert result["sets"]["set"] == result["pooled"]
    pooled = result["pooled"]
    assert (pooled["clips"], pooled["rejected"]) == (2, 1)
    assert (pooled["short"]["errors"], pooled["short"]["words"]) == (1 + 4, 4 + 4)
    assert "stock" not in pooled
    json.dumps(result)


def test_the_limit_counts_clips_of_each_manifest(manifest: Path) -> None:
    result = bench_asr(read_said([manifest, manifest], limit=1), scripted("how old is it", "how old is it"))
    assert (result["pooled"]["clips"], result["pooled"]["short"]["errors"]) == (2, 0)


@pytest.mark.parametrize("content", [None, "{not json}", '{"file": "a.wav", "transcript": null}'])
def test_a_manifest_without_clips_is_an_input_error(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "manifest.jsonl"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match="manifest"):
        read_said([path])


def test_each_clip_is_run_as_often_as_asked_and_told(manifest: Path) -> None:
    lines: list[str] = []
    result = bench_asr(read_said([manifest], limit=1), scripted("how", "how old"), repeat=2, progress=lines.append)
    assert (result["pooled"]["clips"], result["pooled"]["short"]["errors"]) == (2, 3 + 2)
    assert lines == ["1/2 set/a.wav: how", "2/2 set/a.wav: how old"]


def test_a_part_holds_the_clips_of_its_speakers(manifest: Path) -> None:
    own = part_of({"file": "a.wav"})
    other = Half.TUNE if own is Half.TEST else Half.TEST
    assert len(read_said([manifest], part=own)) == 2
    with pytest.raises(InputError):
        read_said([manifest], part=other)


@pytest.mark.slow
@pytest.mark.model
def test_the_stock_code_hears_the_same_clip(tmp_path: Path) -> None:
    shutil.copy(QUESTION, tmp_path / "q.wav")
    row = {"file": "q.wav", "transcript": "how old is the Brooklyn Bridge", "language": "en"}
    (tmp_path / "manifest.jsonl").write_text(json.dumps(row))
    folder = Store().resolve("whisper-tiny.en", "asr").path
    stock = stock_whisper(folder, threads=2, language="en")
    pooled = bench_asr(read_said([tmp_path / "manifest.jsonl"]), Whisper(folder), stock=stock)["pooled"]
    assert pooled["short"]["errors"] == pooled["stock"]["errors"] == 0
    assert pooled["ratio"] == pytest.approx(pooled["short"]["median_s"] / pooled["stock"]["median_s"])
