"""The engines that settings and manifest ask for, in the process that calls this (build.py uses workers).

An engine is a file in its room and a row here, under the name that the manifest gives for its models.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from edge_agent.errors import ModelError
from edge_agent.hear.endpoint import SmartTurn
from edge_agent.hear.resemblyzer import Resemblyzer
from edge_agent.hear.vad import SileroVad
from edge_agent.hear.whisper import Whisper
from edge_agent.interfaces import AsrEngine, EndpointEngine, LlmEngine, SpeakerEngine, TtsEngine, VadEngine
from edge_agent.settings import Settings
from edge_agent.speak.hibari import Hibari
from edge_agent.speak.piper import Piper
from edge_agent.think.llm import LlamaCpp

T = TypeVar("T")
Maker = Callable[[Settings, Path], T]
"""What makes an engine of the settings and of the model's main file, or of its folder (`Model.main`)."""


def threads(wanted: int) -> int:
    """Explicit thread count of an engine; 0 asks for all the cores this process may use."""
    return wanted or len(os.sched_getaffinity(0))


def _cuda(device: str | None, settings: Settings) -> int | None:
    """The number of the card, where build_cards.py, or who wrote the settings, has decided for one."""
    number = (settings.think.card or "").removeprefix("CUDA")
    return None if device != "cuda" else int(number) if number.isdecimal() else 0


def _silero(settings: Settings, onnx: Path) -> SileroVad:
    return SileroVad(onnx)


def _smart_turn(settings: Settings, onnx: Path) -> SmartTurn:
    return SmartTurn(onnx, threads=1)  # it runs beside the ASR


def _whisper(settings: Settings, folder: Path) -> Whisper:
    language = settings.hear.language
    return Whisper(
        folder,
        threads=threads(settings.hear.threads),
        language=None if language == "auto" else language,
        cuda=_cuda(settings.hear.device, settings),
    )


def _resemblyzer(settings: Settings, file: Path) -> Resemblyzer:
    return Resemblyzer(file)


def _llama_cpp(settings: Settings, gguf: Path) -> LlamaCpp:
    return LlamaCpp(
        gguf,
        context=settings.think.context,
        threads=threads(settings.think.threads),
        temperature=settings.think.temperature,
        repeat_penalty=settings.think.repeat_penalty,
        gpu_layers=0 if settings.think.gpu_layers == "auto" else settings.think.gpu_layers,  # build_cards.py decides
        card=settings.think.card,
    )


def _piper(settings: Settings, onnx: Path) -> Piper:
    return Piper(
        onnx,
        Path(f"{onnx}.json"),
        threads=threads(settings.speak.threads),
        pace=settings.speak.pace,
        volume=settings.speak.volume,
        first_s=settings.speak.first_s,
        cuda=_cuda(settings.speak.device, settings),
    )


def _hibari(settings: Settings, onnx: Path) -> Hibari:
    own = settings.speak
    # A second thread brings nothing: 48 ms instead of 47 for a sentence of 5 s.
    return Hibari(onnx, threads=own.threads or 1, pace=own.pace, volume=own.volume)


VAD: Mapping[str, Maker[VadEngine]] = {"silero": _silero}
ENDPOINT: Mapping[str, Maker[EndpointEngine]] = {"smart-turn": _smart_turn}
ASR: Mapping[str, Maker[AsrEngine]] = {"whisper-ct2": _whisper}
SPEAKER: Mapping[str, Maker[SpeakerEngine]] = {"resemblyzer": _resemblyzer}
LLM: Mapping[str, Maker[LlmEngine]] = {"llama.cpp": _llama_cpp}
TTS: Mapping[str, Maker[TtsEngine]] = {"piper": _piper, "hibari": _hibari}


def vad(settings: Settings, engine: str, path: Path) -> VadEngine:
    return _maker(VAD, engine)(settings, path)


def endpoint(settings: Settings, engine: str, path: Path) -> EndpointEngine:
    return _maker(ENDPOINT, engine)(settings, path)


def asr(settings: Settings, engine: str, path: Path) -> AsrEngine:
    return _maker(ASR, engine)(settings, path)


def speaker(settings: Settings, engine: str, path: Path) -> SpeakerEngine:
    return _maker(SPEAKER, engine)(settings, path)


def llm(settings: Settings, engine: str, path: Path) -> LlmEngine:
    return _maker(LLM, engine)(settings, path)


def tts(settings: Settings, engine: str, path: Path) -> TtsEngine:
    return _maker(TTS, engine)(settings, path)


def _maker(known: Mapping[str, Maker[T]], engine: str) -> Maker[T]:
    """Raises ModelError for an engine that no row has."""
    if engine not in known:
        raise ModelError(f"The manifest asks for the engine {engine}; known here are: {', '.join(known)}.")
    return known[engine]
