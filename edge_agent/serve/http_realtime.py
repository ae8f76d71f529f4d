"""What surrounds the Realtime socket: client secrets, and the sessions of beta."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, Field

from edge_agent.serve.headers import came_from
from edge_agent.serve.http_body import checked, json_answer, json_object
from edge_agent.serve.http_errors import ApiError
from edge_agent.serve.new_session import NewSessions
from edge_agent.serve.realtime_protocol import beta
from edge_agent.serve.realtime_protocol.errors import ClientError
from edge_agent.serve.realtime_protocol.session import Session
from edge_agent.serve.secrets import DEFAULT_S, MAX_S, MIN_S, MOST_SESSION, ClientSecret, ClientSecrets
from edge_agent.types import Json

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


MOST_BODY = 2 * MOST_SESSION
"""Bytes: a session, and what surrounds or indents it. It is read on the loop."""


class _ExpiresAfter(BaseModel):
    anchor: Literal["created_at"] = "created_at"
    seconds: int = Field(default=DEFAULT_S, ge=MIN_S, le=MAX_S)


class _SecretRequest(BaseModel):
    expires_after: _ExpiresAfter | None = None
    session: Json = Field(default_factory=dict)


class RealtimeDoors:
    def __init__(self, secrets: ClientSecrets, sessions: NewSessions) -> None:
        self._secrets, self._sessions = secrets, sessions

    async def client_secrets(self, request: Request) -> Response:
        asked = checked(_SecretRequest, await json_object(request, MOST_BODY))
        session = self._session(asked.session)
        secret = self._issue(request, asked)
        return json_answer({"value": secret.value, "expires_at": secret.expires_at, "session": session.to_json()})

    async def sessions(self, request: Request) -> Response:
        """Beta: the body is the session itself, flat."""
        return await self._beta(request, "realtime")

    async def transcription_sessions(self, request: Request) -> Response:
        return await self._beta(request, "transcription")

    async def _beta(self, request: Request, kind: str) -> Response:
        body = await json_object(request, MOST_BODY)
        wanted = body.pop("client_secret", None)
        expires = wanted.get("expires_after") if isinstance(wanted, dict) else None
        asked = checked(_SecretRequest, {"expires_after": expires, "session": {"type": kind, **body}})
        session = self._session(asked.session)
        secret = self._issue(request, asked)
        shown = beta.session_json(session.to_json())
        return json_answer({**shown, "client_secret": {"value": secret.value, "expires_at": secret.expires_at}})

    def _issue(self, request: Request, asked: _SecretRequest) -> ClientSecret:
        seconds = (asked.expires_after or _ExpiresAfter()).seconds
        return self._secrets.issue(asked.session, seconds, address=came_from(request.scope))

    def _session(self, patch: Json) -> Session:
        """The session that a socket would begin with. Raises ApiError 400 for what no session can have."""
        try:
            return self._sessions.make(patch)
        except ClientError as error:
            raise ApiError(400, error.code, error.message, param=error.param) from None
