"""Pairing over HTTP: a one-time key is given for a cookie, by which a device of the house is known from then on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from edge_agent.errors import StateError
from edge_agent.serve.headers import Headers
from edge_agent.serve.http_body import json_answer
from edge_agent.serve.http_errors import ApiError
from edge_agent.serve.keys import DEVICE
from edge_agent.serve.lan.one_time_keys import OneTimeKeys
from edge_agent.serve.lan.paired_devices import PairedDevices

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

COOKIE = "__Host-edge_agent"
"""Its prefix has browsers take it over https alone, and give it to nobody but this host."""
COOKIE_S = 400 * 24 * 3600
"""The longest that browsers keep one (RFC 6265bis)."""


class PairDoor:
    """What the guard asks about devices (`keys.Pairing`), and the route by which they are paired."""

    def __init__(self, keys: OneTimeKeys, devices: PairedDevices, on_paired: Callable[[str], object]) -> None:
        """`on_paired`: is told the name of each new device."""
        self._keys, self._devices, self._on_paired = keys, devices, on_paired

    def device_of(self, headers: Headers) -> str | None:
        for cookies in headers.all("cookie"):
            for cookie in cookies.split(";"):
                name, _, value = cookie.strip().partition("=")
                if name == COOKIE:
                    return self._devices.id_of(value)
        return None

    def redeem(self, key: str) -> bool:
        return self._keys.redeem(key)

    async def post(self, request: Request) -> Response:
        """`POST /v1/device/pair`, which the guard lets come with a good key, or from a device that is paired: that
        one keeps its cookie for longer."""
        if DEVICE in request.scope:
            return _with(json_answer({"paired": True}), request.cookies[COOKIE])
        if request.url.scheme != "https":
            raise ApiError(400, "not_over_https", "Devices are paired over https alone.")
        try:
            name, credential = self._devices.add(request.headers.get("user-agent", ""))
        except StateError as error:
            raise ApiError(500, "not_paired", error.args[0]) from None
        self._on_paired(name)
        return _with(json_answer({"paired": True, "name": name}, 201), credential)


def _with(response: Response, credential: str) -> Response:
    response.set_cookie(COOKIE, credential, COOKIE_S, path="/", secure=True, httponly=True, samesite="strict")
    response.headers["cache-control"] = "no-store"
    return response
