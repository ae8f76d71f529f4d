"""The application: every route of the server, behind the guard."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from edge_agent.serve.guard import Guard, Rules
from edge_agent.serve.http_body import json_answer
from edge_agent.serve.http_calls import CallDoors
from edge_agent.serve.http_chat import ChatCompletions
from edge_agent.serve.http_device import DeviceDoors, Own
from edge_agent.serve.http_errors import ApiError, AsgiApp, AsgiSend, Receive, Scope, refuse
from edge_agent.serve.http_page import PageDoor
from edge_agent.serve.http_realtime import RealtimeDoors
from edge_agent.serve.http_responses import ResponsesDoor
from edge_agent.serve.http_speech import Speech
from edge_agent.serve.http_transcriptions import Transcriptions
from edge_agent.serve.keys import PAIR_PATH, REALTIME_PATHS
from edge_agent.serve.lan.http_ca import CaDoor
from edge_agent.serve.lan.http_pair import PairDoor
from edge_agent.serve.metrics import Metrics
from edge_agent.serve.new_session import NewSessions
from edge_agent.serve.secrets import ClientSecrets
from edge_agent.serve.session_limit import Places, SessionLimit
from edge_agent.serve.single_job import JobHost

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.websockets import WebSocket

MOST_REQUESTS = 8
"""Requests to the plain doors at once: the engines take one after the other."""
ENGINE_PATHS = ("/v1/audio/transcriptions", "/v1/audio/speech", "/v1/chat/completions", "/v1/responses")


@dataclass(frozen=True, slots=True)
class Clocks:
    """`monotonic` for what lasts, `unix` for what has a date; both in seconds."""

    monotonic: Callable[[], float]
    unix: Callable[[], float]


@dataclass(frozen=True, slots=True)
class ModelNames:
    """The names of the models, as in the manifest."""

    llm: str
    asr: str
    voice: str


@dataclass(frozen=True, slots=True)
class Conversations:
    """The doors that hold a place as long as they are used."""

    socket: Callable[[WebSocket], Awaitable[None]]
    """Serves one WebSocket from its upgrade to its end."""
    places: Places
    calls: CallDoors | None = None
    """Those who come by WebRTC."""


@dataclass(frozen=True, slots=True)
class House:
    """The doors for other devices of the house."""

    pair: PairDoor
    ca: CaDoor


@dataclass(frozen=True, slots=True)
class Page:
    own: Own | None = None
    """What it shows of the device."""
    house: House | None = None
    """How other devices come to it, if they may; then the `Rules` have its pairing, too."""


def application(
    engines: JobHost,
    conversations: Conversations,
    *,
    names: ModelNames,
    sessions: NewSessions,
    rules: Rules,
    metrics: Metrics,
    clocks: Clocks,
    page: Page | None = None,
) -> AsgiApp:
    """All of the server, behind its guard."""
    from starlette.routing import Route, WebSocketRoute

    page = page or Page()
    secrets = ClientSecrets(clocks.unix, clocks.monotonic, partial(metrics.hold, "secret_bytes"))
    doors = RealtimeDoors(secrets, sessions)
    plain = _Plain(names, metrics)
    responses = ResponsesDoor(engines, names.llm, clocks.unix)
    routes: list[Any] = [WebSocketRoute(path, conversations.socket) for path in REALTIME_PATHS]
    routes += [
        Route("/v1/realtime/client_secrets", doors.client_secrets, methods=["POST"]),
        Route("/v1/realtime/sessions", doors.sessions, methods=["POST"]),
        Route("/v1/realtime/transcription_sessions", doors.transcription_sessions, methods=["POST"]),
        *_call_routes(conversations.calls),
        *_page_routes(DeviceDoors(page.own, keyed=rules.token is not None) if page.own else None),
        *_house_routes(page.house),
        Route("/v1/audio/transcriptions", Transcriptions(engines).post, methods=["POST"]),
        Route("/v1/audio/speech", Speech(engines, sessions.voices).post, methods=["POST"]),
        Route("/v1/chat/completions", ChatCompletions(engines, names.llm, clocks.unix).post, methods=["POST"]),
        Route("/v1/responses", responses.post, methods=["POST"]),
        Route("/v1/responses/{id}", responses.get),
        Route("/v1/responses/{id}", responses.delete, methods=["DELETE"]),
        Route("/v1/models", plain.models),
        Route("/v1/models/{name:path}", plain.model),
        Route("/health", plain.health),
        Route("/metrics", plain.metrics),
    ]
    crowd = SessionLimit(
        _routed(routes),
        sessions=conversations.places,
        requests=MOST_REQUESTS,
        paths=ENGINE_PATHS,
        now=clocks.monotonic,
        watch=metrics,
    )
    guarded = Guard(crowd, rules, secrets, clocks.monotonic, metrics)
    return _without_slash(page.house.ca.before(guarded) if page.house else guarded)


def _routed(routes: Sequence[Any]) -> Starlette:
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException
    from starlette.requests import ClientDisconnect

    answers = {ApiError: _api_error, HTTPException: _http_error, ClientDisconnect: _nobody, Exception: _unexpected}
    routed = Starlette(routes=routes, exception_handlers=answers)
    routed.router.redirect_slashes = False
    routed.router.default = _nowhere
    return routed


def _call_routes(calls: CallDoors | None) -> list[Any]:
    from starlette.routing import Route

    if calls is None:
        return []
    return [
        *(Route(f"{path}/calls", calls.post, methods=["POST"]) for path in REALTIME_PATHS),
        *(
            Route(f"{path}/calls/{{id}}/{what}", act, methods=["POST"])
            for path in REALTIME_PATHS
            for what, act in (
                ("hangup", calls.hang_up),
                ("accept", calls.accept),
                ("reject", calls.reject),
                ("refer", calls.refer),
            )
        ),
        *(Route(path, calls.older, methods=["POST"]) for path in REALTIME_PATHS),
        Route("/v1/device/calls", calls.device, methods=["POST"]),
        Route("/v1/device/calls/{id}/hangup", calls.hang_up, methods=["POST"]),
    ]


def _page_routes(device: DeviceDoors | None) -> list[Any]:
    from starlette.routing import Route

    page = PageDoor()
    routes = [Route("/", page.get), Route("/page/{name}", page.get)]
    if device:
        routes += [
            Route("/v1/device/records", device.records),
            Route("/v1/device/history", device.history),
            Route("/v1/device/settings", device.settings),
            Route("/v1/device/settings", device.change, methods=["POST"]),
        ]
    return routes


def _house_routes(house: House | None) -> list[Any]:
    from starlette.routing import Route

    if house is None:
        return []
    return [
        Route(PAIR_PATH, house.pair.post, methods=["POST"]),
        Route("/ca", house.ca.get),
        Route("/ca/{name}", house.ca.get),
    ]


def _without_slash(app: AsgiApp) -> AsgiApp:
    """A path with a slash at its end is the one without: base URLs are often given with one."""

    async def call(scope: Scope, receive: Receive, send: AsgiSend) -> None:
        if scope["type"] != "lifespan":
            scope["path"] = scope["path"].rstrip("/") or "/"
        await app(scope, receive, send)

    return call


class _Plain:
    """What needs no engine."""

    def __init__(self, names: ModelNames, metrics: Metrics) -> None:
        self._rows = {
            name: {"id": name, "object": "model", "created": 0, "owned_by": "edge_agent"}
            for name in (names.llm, names.asr, names.voice)
        }
        self._metrics = metrics

    async def models(self, request: Request) -> Response:
        return json_answer({"object": "list", "data": list(self._rows.values())})

    async def model(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._rows:
            raise ApiError(404, "model_not_found", f"There is no model '{name:.80}' here.", param="model")
        return json_answer(self._rows[name])

    async def health(self, request: Request) -> Response:
        return json_answer({"status": "ok"})

    async def metrics(self, request: Request) -> Response:
        from starlette.responses import Response

        return Response(self._metrics.text(), media_type="text/plain; version=0.0.4")


async def _api_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return json_answer(error.body(), error.status, error.headers)


async def _http_error(request: Request, error: Exception) -> Response:
    """The answer to an error of Starlette itself, such as another method than a route has."""
    status: int = getattr(error, "status_code", 500)
    headers = dict(getattr(error, "headers", None) or {})
    message = f"{HTTPStatus(status).phrase}: {request.method} {request.url.path:.200}."
    code = "method_not_allowed" if status == HTTPStatus.METHOD_NOT_ALLOWED else None
    return await _api_error(request, ApiError(status, code, message, headers=headers))


async def _nobody(request: Request, error: Exception) -> Response:
    """The client has gone in the middle of its own request: nobody reads this, and it is no defect of ours."""
    return await _api_error(request, ApiError(400, "request_incomplete", "The request has no end."))


async def _unexpected(request: Request, error: Exception) -> Response:
    """Starlette hands the exception on to the server, which logs it."""
    return await _api_error(request, ApiError(500, "internal_error", "The server failed; its log says why."))


async def _nowhere(scope: Scope, receive: Receive, send: AsgiSend) -> None:
    path = str(scope["path"])[:200]
    await refuse(
        scope, send, ApiError(404, "unknown_url", f"Unknown request URL: {scope.get('method', 'GET')} {path}.")
    )
