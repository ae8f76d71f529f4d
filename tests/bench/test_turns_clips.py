"""Manifests: what is read from them, and what is said about a wrong one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.bench.clips import Half, part_of, read_clips
from edge_agent.errors import InputError


def manifest(folder: Path, *rows: object) -> Path:
    folder.mkdir(exist_ok=True)
    for row in rows:
        if isinstance(row, dict) and isinstance(row.get("file"), str):
            (folder / row["file"]).touch()
    path = folder / "manifest.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n\n")
    return path


def row(file: str, **more: Any) -> dict[str, Any]:
    return {"file": file, "speech_end_s": 2.5, "transcript": "hello", "language": "en", **more}


def test_files_are_relative_to_their_manifest_and_sets_are_named_by_its_folder(tmp_path: Path) -> None:
    one = manifest(tmp_path / "one", row("a.flac", unknown="key"))
    two = manifest(tmp_path / "two", {"file": "b.flac", "speech_end_s": 1})
    clips, passed_over = read_clips([one, two])
    assert [(c.set, c.path, c.transcript) for c in clips] == [
        ("one", tmp_path / "one/a.flac", "hello"),
        ("two", tmp_path / "two/b.flac", None),
    ]
    assert passed_over == 0


def test_rows_without_an_end_of_speech_are_passed_over_and_counted(tmp_path: Path) -> None:
    rows = [row("a"), {"file": "noise"}, row("b", speech_end_s=None), row("c"), row("d")]
    clips, passed_over = read_clips([manifest(tmp_path, *rows)], limit=2)
    assert [c.path.name for c in clips] == ["a", "c"]
    assert passed_over == 2


def test_the_parts_share_no_clip_and_miss_none(tmp_path: Path) -> None:
    path = manifest(tmp_path, *(row(f"{i}.wav", speaker=f"s{i % 20}" if i < 40 else None) for i in range(80)))
    parts = {part: {c.path.name for c in read_clips([path], part=part)[0]} for part in Half}
    assert parts[Half.TUNE] | parts[Half.TEST] == parts[Half.ALL]
    assert not parts[Half.TUNE] & parts[Half.TEST]
    assert 20 < len(parts[Half.TUNE]) < 60


@given(speaker=st.text(min_size=1), a=st.text(), b=st.text())
def test_a_speaker_is_in_one_part_only(speaker: str, a: str, b: str) -> None:
    assert part_of({"file": a, "speaker": speaker}) == part_of({"file": b, "speaker": speaker})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "Line 1 of .* is not JSON"),
        ("[1]", 'Line 1 of .* names no "file"'),
        ('{"speech_end_s": 1}', 'names no "file"'),
        ('{"file": "gone.flac", "speech_end_s": 1}', "gone.flac.* does not exist"),
        ('{"file": "manifest.jsonl", "speech_end_s": "soon"}', "is no time: 'soon'"),
        ('{"file": "manifest.jsonl", "speech_end_s": NaN}', "is no time"),
        ('{"file": "manifest.jsonl", "speech_end_s": -1}', "is no time"),
        ('{"file": "manifest.jsonl"}', "no clip with speech_end_s"),
        ("", "no clip with speech_end_s"),
    ],
)
def test_what_is_wrong_with_a_manifest_is_said(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "manifest.jsonl"
    path.write_text(line)
    with pytest.raises(InputError, match=message):
        read_clips([path])


def test_a_manifest_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_clips([tmp_path / "none.jsonl"])
    (tmp_path / "sound.flac").write_bytes(b"fLaC\xff\xfe")
    with pytest.raises(InputError, match="not UTF-8"):
        read_clips([tmp_path / "sound.flac"])
