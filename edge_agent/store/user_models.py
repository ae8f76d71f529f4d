"""A user's own model files, and the engine that runs them: it is told from the files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from edge_agent.errors import ModelError
from edge_agent.store.header import gguf_problem, onnx_inputs, onnx_problem
from edge_agent.store.manifest import ModelRole

_WHISPER_FILES = ("model.bin", "config.json", "tokenizer.json")


def user_model(path: Path, role: ModelRole) -> tuple[str, list[Path]]:
    """Returns the engine of an own model at `path`, and its files, main file first.

    Raises ModelError, naming a file that is wrong.
    """
    if role == "tts" and _is_hibari(path):
        oov = _onnx(path).with_name("oov.onnx")  # for words that are in no lexicon, if it is there
        return "hibari", [_onnx(path), *([oov] if oov.is_file() else [])]
    engine, files_of = _KINDS[role]
    return engine, files_of(path)


def _is_hibari(path: Path) -> bool:
    """Whether it is a voice of hibari, which has no description beside it and asks for phonemes and a speed."""
    return onnx_inputs(_onnx(path)) == {"ids", "speed"} and not path.with_name(path.name + ".json").exists()


def _whisper_folder(path: Path) -> list[Path]:
    """tokenizer.json is required: faster-whisper 1.2.1 quietly downloads one when it is missing."""
    if not path.is_dir():
        raise ModelError(f"{path} is not a folder with a CTranslate2 Whisper model.")
    vocabulary = next(iter(sorted(path.glob("vocabulary.*"))), path / "vocabulary.json")
    files = [_whole(path / name) for name in _WHISPER_FILES] + [_whole(vocabulary)]
    _json(path / "config.json")
    return files


def _gguf(path: Path) -> list[Path]:
    return [_sound(path, gguf_problem)]


def _piper_voice(path: Path) -> list[Path]:
    return [_onnx(path), _json(path.with_name(path.name + ".json"))]


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


_KINDS: dict[ModelRole, tuple[str, Callable[[Path], list[Path]]]] = {
    "asr": ("whisper-ct2", _whisper_folder),
    "llm": ("llama.cpp", _gguf),
    "tts": ("piper", _piper_voice),
    "vad": ("silero", lambda path: [_onnx(path)]),
    "endpoint": ("smart-turn", lambda path: [_onnx(path)]),
    "speaker": ("resemblyzer", lambda path: [_whole(path)]),
}
"""The engine that usually runs own models, and their files, by role."""
