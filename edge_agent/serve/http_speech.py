"""POST /v1/audio/speech: a text spoken, sent while it is made."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, Field

from edge_agent.host.jobs import Manner, Say
from edge_agent.lines.encode import KINDS, Encoder
from edge_agent.serve.http_body import checked, json_object, refuse_unless_default
from edge_agent.serve.http_errors import ApiError
from edge_agent.serve.single_job import AnswerPiece, JobHost, job_id, parts, unless_gone
from edge_agent.serve.streamed import Streamed
from edge_agent.serve.voices import chosen_voice, wrong_voice
from edge_agent.types import Voiced

if TYPE_CHECKING:
    from starlette.requests import Request


log = logging.getLogger(__name__)


class SpeechRequest(BaseModel):
    """Any `model` is accepted: there is one."""

    model: str = ""
    input: str = Field(min_length=1, max_length=4096)
    voice: str | dict[str, Any] = ""
    response_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] = "mp3"
    speed: float = Field(default=1.0, ge=0.25, le=4.0)


class Speech:
    def __init__(self, engines: JobHost, voices: tuple[str, ...] = ()) -> None:
        """`voices`: those that are installed."""
        self._engines, self._voices = engines, voices

    async def post(self, request: Request) -> Streamed:
        body = await json_object(request)
        refuse_unless_default(body, {"stream_format": ("audio",)})
        if body.get("instructions"):  # openai-agents sends them unless it is told not to
            log.warning("The instructions of a speech request are not followed: the voice speaks in one way.")
        asked = checked(SpeechRequest, body)
        voice = asked.voice if isinstance(asked.voice, str) else str(asked.voice.get("id", ""))
        if voice and (why := wrong_voice(voice, self._voices)):
            raise ApiError(400, "invalid_value", f"{why[0].upper()}{why[1:]}", param="voice")
        manner = Manner(asked.speed, chosen_voice(voice, self._voices))
        made = parts(self._engines, Say(job_id(), asked.input, manner))
        first = await unless_gone(request, anext(made))  # what fails at once is an error with a status
        sound = _file(asked.response_format, first, made)
        return Streamed(sound, media_type=KINDS[asked.response_format].media_type)


async def _file(kind: str, first: AnswerPiece, rest: AsyncGenerator[AnswerPiece]) -> AsyncGenerator[bytes]:
    """The file as it grows."""
    encoder = Encoder(kind, first.rate_hz if isinstance(first, Voiced) else KINDS[kind].rate_hz)
    if isinstance(first, Voiced):
        yield encoder.push(first.samples)
    async with contextlib.aclosing(rest):
        async for part in rest:
            if isinstance(part, Voiced):
                yield encoder.push(part.samples)
    yield encoder.finish()
