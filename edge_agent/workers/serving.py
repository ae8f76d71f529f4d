"""Serving: the three engines by name, as a worker is asked for them. Its other half is remote.py."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from edge_agent import engines
from edge_agent.heap import give_back, limit_heaps
from edge_agent.hear.canary import Canary
from edge_agent.interfaces import AsrEngine
from edge_agent.settings import Settings
from edge_agent.speak.apology import recorded
from edge_agent.types import HEAR_RATE_HZ
from edge_agent.workers.packet import Packet, of_tokens


def load(kind: str, told: dict[str, Any]) -> tuple[_Asr | _Llm | _Tts, dict[str, Any]]:
    """The engine of this kind, after one real inference, and what its remote half says of it."""
    limit_heaps()
    settings, path = Settings.model_validate(told["settings"]), Path(told["path"])
    engine = _KINDS[kind](settings, told["engine"], path)
    give_back()
    return engine, engine.facts()


class _Asr:
    def __init__(self, settings: Settings, engine: str, path: Path) -> None:
        self._asr, self._model = engines.asr(settings, engine, path), path.name
        self._asr.warm_up()
        self._canary = Canary(lambda: recorded(HEAR_RATE_HZ, settings.hear.language))

    def facts(self) -> dict[str, Any]:
        return {"language": self._asr.language, "languages": self._asr.languages, "model": self._model}

    def call(self, name: str, args: dict[str, Any], packet: Packet) -> Packet:
        assert packet.samples is not None
        if name == "word_times":
            return Packet({"value": self._asr.word_times(packet.samples, **args)})
        asr = self._of(args.pop("language"))
        heard = asr.transcribe(packet.samples, **args)
        if args["final"] and self._canary.is_deaf(heard, args["voiced_s"], self._asr.transcribe):
            with suppress(OSError):  # there is a limit to what it may write
                os.write(2, b"It no longer hears anything, not even what is known.\n")
            os._exit(1)  # and is replaced, as any that is lost
        return Packet({"value": asdict(heard)})

    def stream(self, name: str, args: dict[str, Any]) -> Iterator[Packet]:
        raise NotImplementedError

    def _of(self, language: str | None) -> AsrEngine:
        own = self._asr
        return own if language in (own.language, None) else own.of_language(language)


class _Llm:
    def __init__(self, settings: Settings, engine: str, path: Path) -> None:
        self._llm = engines.llm(settings, engine, path)
        self._llm.warm_up()

    def facts(self) -> dict[str, Any]:
        return {"context": self._llm.context}

    def call(self, name: str, args: dict[str, Any], packet: Packet) -> Packet:
        value = getattr(self._llm, name)(**args)
        if name == "tokenize":
            return of_tokens(value)
        return Packet({"value": value.decode("latin-1") if isinstance(value, bytes) else value})

    def stream(self, name: str, args: dict[str, Any]) -> Iterator[Packet]:
        items = getattr(self._llm, name)(**args)
        if name == "sample":
            return (Packet({"value": token, "bytes": self._llm.to_bytes(token).decode("latin-1")}) for token in items)
        return (Packet({"value": None}) for _ in items)


class _Tts:
    def __init__(self, settings: Settings, engine: str, path: Path) -> None:
        self._tts = engines.tts(settings, engine, path)
        self._tts.warm_up()

    def facts(self) -> dict[str, Any]:
        return {"rate_hz": self._tts.rate_hz, "language": self._tts.language}

    def call(self, name: str, args: dict[str, Any], packet: Packet) -> Packet:
        raise NotImplementedError

    def stream(self, name: str, args: dict[str, Any]) -> Iterator[Packet]:
        for chunk in self._tts.stream(**args):
            yield Packet({"left": chunk.left, "words": chunk.words}, chunk.samples)


_KINDS: dict[str, type[_Asr] | type[_Llm] | type[_Tts]] = {"asr": _Asr, "llm": _Llm, "tts": _Tts}
