"""POST /v1/audio/transcriptions: the words of an uploaded sound file."""

from __future__ import annotations

import asyncio
import io
import json
import math
import zlib
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, Field

from edge_agent.errors import InputError
from edge_agent.hear.guards import cut_at_pauses
from edge_agent.interfaces import Transcript
from edge_agent.lines.audio_file import read_sound
from edge_agent.serve.http_body import checked, refuse_unless_default
from edge_agent.serve.http_errors import ApiError
from edge_agent.serve.language_names import language_name
from edge_agent.serve.single_job import JobHost, transcribed, unless_gone
from edge_agent.serve.streamed import Streamed
from edge_agent.types import HEAR_RATE_HZ, Json, Samples

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

MOST_S = 30 * 60.0
"""115 MB at HEAR_RATE_HZ, and twice that for a moment, whatever the rate of the file; one is decoded at a time."""
SPOOL_BYTES = 1 << 30
"""The size from which on Starlette writes uploads to the disk (1 MiB, if it is not told): more than any may have."""
GRANULARITIES = "timestamp_granularities"
"""A form has it once for each, and clients write it with [] behind."""
_IGNORED = ("model", "prompt", "temperature")
"""There is one model, and it is not sampled from."""


class TranscriptionRequest(BaseModel):
    language: str | None = Field(default=None, pattern=r"^[a-z]{2,3}$")
    response_format: Literal["json", "text", "verbose_json", "srt", "vtt"] = "json"
    timestamp_granularities: tuple[Literal["word", "segment"], ...] = ("segment",)
    stream: bool = False

    @property
    def words(self) -> bool:
        """Whether it is to be told when each word was said."""
        return self.response_format == "verbose_json" and "word" in self.timestamp_granularities


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of at most 30 s, cut at pauses."""

    start_s: float
    end_s: float
    heard: Transcript


class Transcriptions:
    def __init__(self, engines: JobHost) -> None:
        from starlette.formparsers import MultiPartParser

        MultiPartParser.spool_max_size = SPOOL_BYTES
        self._engines = engines
        self._decoding = asyncio.Lock()

    async def post(self, request: Request) -> Response | Streamed:
        asked, data = await _uploaded(request)
        async with self._decoding:
            samples = await asyncio.to_thread(_decoded, data)
        segments = self._segments(samples, asked)
        if asked.stream:
            if asked.response_format not in ("json", "text"):
                raise ApiError(400, "unsupported_value", "Only json and text can be streamed.", param="stream")
            return Streamed(_events(segments), media_type="text/event-stream")
        found = await unless_gone(request, _all(segments))
        return _response(asked, found, len(samples) / HEAR_RATE_HZ)

    async def _segments(self, samples: Samples, asked: TranscriptionRequest) -> AsyncGenerator[Segment]:
        at = 0
        for piece in cut_at_pauses(samples):
            heard = await transcribed(self._engines, piece, asked.language, words=asked.words)
            if heard and heard.text:
                yield Segment(at / HEAR_RATE_HZ, (at + len(piece)) / HEAR_RATE_HZ, heard)
            at += len(piece)


async def _uploaded(request: Request) -> tuple[TranscriptionRequest, bytes]:
    """What is asked, and the file. Raises ApiError 400."""
    from starlette.datastructures import UploadFile
    from starlette.exceptions import HTTPException

    try:
        async with request.form(max_files=1, max_fields=32) as form:
            fields: dict[str, Any] = {name: value for name, value in form.items() if isinstance(value, str)}
            granularities = [*form.getlist(GRANULARITIES), *form.getlist(f"{GRANULARITIES}[]")]
            file = form.get("file")
            data = await file.read() if isinstance(file, UploadFile) else None
    except HTTPException as error:
        raise ApiError(400, "invalid_value", f"The form cannot be read: {error.detail}") from None
    if data is None:
        raise ApiError(400, "missing_required_parameter", "Missing required parameter: 'file'.", param="file")
    refuse_unless_default(fields, {"include[]": (), "chunking_strategy": ("auto",)})
    given = {name: value for name, value in fields.items() if name not in (*_IGNORED, GRANULARITIES)}
    asked = checked(TranscriptionRequest, given | ({GRANULARITIES: granularities} if granularities else {}))
    if "word" in asked.timestamp_granularities and not asked.words:
        message = "Only verbose_json has the times of words."
        raise ApiError(400, "invalid_value", message, param=GRANULARITIES)
    return asked, data


def _decoded(data: bytes) -> Samples:
    """`(n,)` at HEAR_RATE_HZ. Raises ApiError 400."""
    try:
        return read_sound(io.BytesIO(data), "The file", most_s=MOST_S, to_hz=HEAR_RATE_HZ)[0]
    except InputError as error:
        raise ApiError(400, "invalid_value", str(error), param="file") from None


async def _all(segments: AsyncIterator[Segment]) -> list[Segment]:
    return [segment async for segment in segments]


async def _events(segments: AsyncIterator[Segment]) -> AsyncGenerator[str]:
    """Server-sent events: a delta for each stretch, then the whole."""
    texts: list[str] = []
    try:
        async for segment in segments:
            delta = f" {segment.heard.text}" if texts else segment.heard.text
            texts.append(delta)
            yield _event({"type": "transcript.text.delta", "delta": delta})
        yield _event({"type": "transcript.text.done", "text": "".join(texts)})
    except ApiError as error:
        yield _event(error.body())


def _event(body: dict[str, Any]) -> str:
    return f"data: {json.dumps(body)}\n\n"


def _response(asked: TranscriptionRequest, segments: list[Segment], duration_s: float) -> Response:
    from starlette.responses import JSONResponse, PlainTextResponse

    text = " ".join(segment.heard.text for segment in segments)
    usage = {"type": "duration", "seconds": round(duration_s)}
    if asked.response_format == "json":
        return JSONResponse({"text": text, "usage": usage})
    if asked.response_format == "verbose_json":
        language = segments[0].heard.language if segments else asked.language or ""
        whole = {"task": "transcribe", "language": language_name(language), "duration": round(duration_s, 3)}
        times: Json = {"words": [word for each in segments for word in _words(each)]} if asked.words else {}
        if "segment" in asked.timestamp_granularities:
            times["segments"] = [_row(i, each) for i, each in enumerate(segments)]
        return JSONResponse({**whole, "text": text, **times, "usage": usage})
    if asked.response_format == "srt":
        return PlainTextResponse(
            "\n".join(f"{i}\n{_span(each, ',')}\n{each.heard.text}\n" for i, each in enumerate(segments, start=1))
        )
    if asked.response_format == "vtt":
        cues = (f"{_span(each, '.')}\n{each.heard.text}\n" for each in segments)
        return PlainTextResponse("\n".join(["WEBVTT\n", *cues]), media_type="text/vtt")
    return PlainTextResponse(f"{text}\n")


def _words(segment: Segment) -> list[Json]:
    at_s = segment.start_s
    return [
        {"word": word, "start": round(at_s + start_s, 3), "end": round(at_s + end_s, 3)}
        for word, start_s, end_s in segment.heard.words
    ]


def _row(id: int, segment: Segment) -> Json:
    """What Whisper's own code says of a segment. `seek` is in its frames of 10 ms."""
    heard = segment.heard
    packed = heard.text.encode()
    return {
        "id": id,
        "seek": round(segment.start_s * 100),
        "start": round(segment.start_s, 3),
        "end": round(segment.end_s, 3),
        "text": heard.text,
        "tokens": list(heard.ids),
        "temperature": 0.0,
        "avg_logprob": round(math.log(max(heard.confidence, 1e-9)), 4),
        "compression_ratio": round(len(packed) / len(zlib.compress(packed)), 4),
        "no_speech_prob": round(heard.no_speech, 4),
    }


def _span(segment: Segment, point: str) -> str:
    return f"{_clock(segment.start_s, point)} --> {_clock(segment.end_s, point)}"


def _clock(seconds: float, point: str) -> str:
    """3723.5 -> 01:02:03,500"""
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{point}{ms % 1000:03}"
