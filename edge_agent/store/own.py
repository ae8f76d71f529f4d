"""A user's own model files: a GGUF file, a CTranslate2 Whisper folder, a Piper voice, an ONNX file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from edge_agent.errors import ModelError
from edge_agent.store.header import gguf_problem, onnx_problem
from edge_agent.store.manifest import Role

_WHISPER_FILES = ("model.bin", "config.json", "tokenizer.json")


def own_files(path: Path, role: Role) -> dict[str, Path]:
    """The files of an own model at `path`, main file first. Raises ModelError, naming a wrong one."""
    if role == "asr":
        return _whisper_folder(path)
    if role == "llm":
        files = [_sound(path, gguf_problem)]
    elif role == "tts":
        files = [_onnx(path), _json(path.with_name(path.name + ".json"))]
    else:
        files = [_onnx(path)]
    return {file.name: file for file in files}


def _whisper_folder(path: Path) -> dict[str, Path]:
    """tokenizer.json is required: faster-whisper 1.2.1 quietly downloads one when it is missing."""
    if not path.is_dir():
        raise ModelError(f"{path} is not a folder with a CTranslate2 Whisper model.")
    vocabulary = next(iter(sorted(path.glob("vocabulary.*"))), path / "vocabulary.json")
    files = [_whole(path / name) for name in _WHISPER_FILES] + [_whole(vocabulary)]
    _json(path / "config.json")
    return {file.name: file for file in files}


def _whole(path: Path) -> Path:
    if not path.exists():
        raise ModelError(f"{path} does not exist.")
    if not path.is_file():
        raise ModelError(f"{path} is not a regular file.")
    if path.stat().st_size == 0:
        raise ModelError(f"{path} is empty.")
    return path


def _onnx(path: Path) -> Path:
    if path.suffix != ".onnx":
        raise ModelError(f"{path} is not an .onnx file.")
    return _sound(path, onnx_problem)


def _sound(path: Path, problem_of: Callable[[Path], str | None]) -> Path:
    try:
        problem = problem_of(_whole(path))
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}).") from error
    if problem:
        raise ModelError(f"{path} {problem}.")
    return path


def _json(path: Path) -> Path:
    try:
        json.loads(_whole(path).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} is not valid JSON: {error}.") from error
    return path
