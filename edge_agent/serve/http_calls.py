"""The HTTP side of calls: an offer of WebRTC in, the answer out; what becomes of a call by telephone; and their end."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

from edge_agent.errors import EdgeAgentError
from edge_agent.rtc.offer import MOST_CHARS, BadOffer
from edge_agent.serve.bounded_json import read_strict
from edge_agent.serve.calls import RealtimeCalls
from edge_agent.serve.device_calls import LineCalls
from edge_agent.serve.headers import came_from
from edge_agent.serve.http_body import MOST_JSON, checked, json_object
from edge_agent.serve.http_errors import ApiError
from edge_agent.serve.keys import DEVICE
from edge_agent.serve.phone_calls import Decision, IncomingCall, IncomingCalls
from edge_agent.serve.realtime import opening_of
from edge_agent.serve.realtime_protocol.errors import ClientError
from edge_agent.serve.realtime_protocol.protocol import Dialect

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

SDP = "application/sdp"


class _Reject(BaseModel):
    status_code: int = Field(default=603, ge=300, le=699)


class _Refer(BaseModel):
    target_uri: str = Field(max_length=200)


class CallDoors:
    def __init__(self, calls: RealtimeCalls, device: LineCalls | None, incoming: IncomingCalls | None = None) -> None:
        """`device`: conversations that the device owns; `incoming`: calls by telephone, where they are announced."""
        self._calls, self._device, self._incoming = calls, device, incoming

    async def post(self, request: Request) -> Response:
        """`POST /v1/realtime/calls`: the offer as it is, or as the field `sdp` beside a `session`."""
        return await self._begin(request, "ga")

    async def older(self, request: Request) -> Response:
        """`POST /v1/realtime?model=`: the way of the beta, whose events its clients wait for."""
        return await self._begin(request, "beta")

    async def hang_up(self, request: Request) -> Response:
        from starlette.responses import Response

        await json_object(request)  # first: who is refused with a body unread sees a connection that breaks
        id = request.path_params["id"]
        if not self._calls.hang_up(id) and not (self._device and self._device.hang_up(id)):
            raise ApiError(404, "call_not_found", f"There is no call '{id:.80}' here.")
        return Response(status_code=200)

    async def accept(self, request: Request) -> Response:
        """`POST /v1/realtime/calls/{id}/accept`: the body is the session. The call is picked up."""
        from starlette.responses import Response

        session = await json_object(request)
        call = self._phone_call(request, "")
        opening = replace(opening_of(request, "ga"), player="device", session=session or None)
        self._take_place(call.id)
        try:
            accepted = self._calls.accept(call, opening)
        except ClientError as error:
            raise ApiError(400, error.code, error.message, param=error.param) from None
        if not accepted:
            raise _no_such(call.id, "")
        return Response(status_code=200)

    async def reject(self, request: Request) -> Response:
        """`POST /v1/realtime/calls/{id}/reject`: the caller is told `status_code`."""
        from starlette.responses import Response

        asked = await json_object(request)
        call = self._phone_call(request, "")
        if not call.decide("rejected", checked(_Reject, asked).status_code):
            raise _no_such(call.id, "")
        return Response(status_code=200)

    async def refer(self, request: Request) -> Response:
        """`POST /v1/realtime/calls/{id}/refer`: answers when the caller is put through, or cannot be."""
        from starlette.responses import Response

        asked = await json_object(request)
        call = self._phone_call(request, "accepted")
        uri = checked(_Refer, asked).target_uri.strip()
        if not re.fullmatch(r"(sips?:|tel:)?[^\s<>\"]+", uri):
            raise ApiError(
                400, "invalid_value", "'target_uri' is a number, or begins with tel: or sip:.", param="target_uri"
            )
        if not (self._incoming and self._incoming.may_refer(uri)):
            message = "Callers are put through to numbers of phone.people and phone.allow_out alone."
            raise ApiError(403, "target_not_allowed", message, param="target_uri")
        if why := await asyncio.to_thread(call.refer, uri):
            raise ApiError(400, "transfer_failed", f"The caller could not be put through ({why:.200}).")
        return Response(status_code=200)

    async def device(self, request: Request) -> Response:
        """`POST /v1/device/calls`: a conversation that the device owns."""
        if self._device is None:
            raise ApiError(501, "not_implemented", "This server has no conversations of its own.")
        offer, _ = await _offer_of(request)
        address = came_from(request.scope)
        self._take_place(address)
        id, answer = await _answered(self._device.begin(offer, address, request.scope.get(DEVICE)))
        return _created(answer, f"/v1/device/calls/{id}")

    async def _begin(self, request: Request, dialect: Dialect) -> Response:
        opening = opening_of(request, dialect)
        offer, session = await _offer_of(request)
        address = came_from(request.scope)
        self._take_place(address)
        opening = replace(opening, player="device", session=session or opening.session)
        id, answer = await _answered(self._calls.begin(offer, address, opening))
        return _created(answer, f"/v1/realtime/calls/{id}")

    def _phone_call(self, request: Request, decision: Decision) -> IncomingCall:
        """The call that a path names: one that rings (""), or one that was accepted. Raises ApiError."""
        id = request.path_params["id"]
        call = self._incoming.find(id, decision) if self._incoming else None
        if call is None:
            raise _no_such(id, decision)
        return call

    def _take_place(self, client: str) -> None:
        if not self._calls.places.take(client):
            raise ApiError(429, "rate_limit_exceeded", self._calls.places.full(client), headers={"retry-after": "5"})


def _no_such(id: str, decision: Decision) -> ApiError:
    what = "that was accepted" if decision else "that rings"
    return ApiError(404, "call_not_found", f"There is no call '{id:.80}' by telephone {what}.")


async def _answered(beginning: Any) -> tuple[str, str]:
    """Raises ApiError for what can be no call."""
    try:
        answered: tuple[str, str] = await beginning
        return answered
    except BadOffer as error:
        raise ApiError(400, "invalid_offer", str(error), param="sdp") from None
    except ClientError as error:
        raise ApiError(400, error.code, error.message, param=error.param) from None
    except EdgeAgentError as error:
        raise ApiError(501, "not_implemented", str(error).replace("\n ", "")) from None


async def _offer_of(request: Request) -> tuple[str, dict[str, Any] | None]:
    """The offer, and the session that came with it. Raises ApiError."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return await _fields_of(request)
    if kind not in (SDP, "text/plain", ""):
        raise ApiError(415, "unsupported_content_type", f"An offer comes as {SDP}, or in multipart/form-data.")
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MOST_CHARS:
            raise ApiError(413, "request_too_large", f"An offer may have {MOST_CHARS} bytes at most.")
    return raw.decode("utf-8", "replace"), None


async def _fields_of(request: Request) -> tuple[str, dict[str, Any] | None]:
    from starlette.datastructures import UploadFile
    from starlette.exceptions import HTTPException
    from starlette.formparsers import MultiPartException

    found = dict[str, str]()
    try:
        async with request.form(max_files=2, max_fields=8, max_part_size=MOST_JSON) as form:
            for name in ("sdp", "session"):
                value = form.get(name)
                if isinstance(value, UploadFile):
                    value = (await value.read(MOST_JSON)).decode("utf-8", "replace")
                if value is not None:
                    found[name] = value
    except (HTTPException, MultiPartException) as error:
        raise ApiError(400, "invalid_form", f"The form cannot be read: {error}") from None
    if "sdp" not in found:
        raise ApiError(400, "missing_required_parameter", "Missing required parameter: 'sdp'.", param="sdp")
    return found["sdp"], _session_of(found["session"]) if "session" in found else None


def _session_of(text: str) -> dict[str, Any]:
    try:
        session = read_strict(text)
    except ValueError:
        session = None
    if not isinstance(session, dict):
        raise ApiError(400, "invalid_json", "'session' must be a JSON object.", param="session")
    return session


def _created(answer: str, location: str) -> Response:
    from starlette.responses import Response

    return Response(answer, 201, {"location": location}, media_type=SDP)
