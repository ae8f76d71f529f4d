"""The engines that settings ask for: ASR, LLM and TTS, in the process that calls this (build.py uses workers)."""

from __future__ import annotations

import os
from pathlib import Path

from edge_agent.hear.asr import Whisper
from edge_agent.settings import Settings
from edge_agent.speak.tts import Piper
from edge_agent.think.llm import LlamaCpp


def threads(wanted: int) -> int:
    """Explicit thread count of an engine; 0 asks for all the cores this process may use."""
    return wanted or len(os.sched_getaffinity(0))


def asr(settings: Settings, folder: Path) -> Whisper:
    language = settings.hear.language
    return Whisper(folder, threads=threads(settings.hear.threads), language=None if language == "auto" else language)


def llm(settings: Settings, gguf: Path) -> LlamaCpp:
    return LlamaCpp(
        gguf,
        context=settings.think.context,
        threads=threads(settings.think.threads),
        temperature=settings.think.temperature,
        repeat_penalty=settings.think.repeat_penalty,
    )


def tts(settings: Settings, onnx: Path) -> Piper:
    return Piper(
        onnx,
        Path(f"{onnx}.json"),
        threads=threads(settings.speak.threads),
        pace=settings.speak.pace,
        volume=settings.speak.volume,
        first_s=settings.speak.first_s,
    )
