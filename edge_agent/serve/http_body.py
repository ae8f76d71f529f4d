"""Bodies: JSON objects of requests, checked by a pydantic model, with errors in the API's shape; and of answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from edge_agent.serve.bounded_json import read_strict
from edge_agent.serve.http_errors import ApiError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

MOST_JSON = 2**20
"""Bytes. It is read on the loop, where 26 MB of empty lists took seconds; no context holds so much text."""
Body = TypeVar("Body", bound=BaseModel)

_CODES = {"missing": "missing_required_parameter", "string_too_long": "string_above_max_length"}


async def json_object(request: Request, most: int = MOST_JSON) -> dict[str, Any]:
    """The body of `most` bytes; {} where there is none. Raises ApiError 400 for what is no JSON object, 413 for a
    large one."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > most:
            message = f"The JSON body of this request may have {most} bytes at most."
            raise ApiError(413, "request_too_large", message, headers={"connection": "close"})
    try:
        body = read_strict(raw) if raw.strip() else {}
    except ValueError as error:
        why = str(error) if type(error) is ValueError else "it is not JSON"
        raise ApiError(400, "invalid_json", f"The body of the request cannot be read: {why}.") from None
    if not isinstance(body, dict):
        raise ApiError(400, "invalid_type", "The body of the request must be a JSON object.")
    return body


def json_answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The answer of a route."""
    from starlette.responses import JSONResponse

    return JSONResponse(body, status, headers)


def checked(model: type[Body], values: dict[str, Any]) -> Body:
    """Raises ApiError 400 that names the first key that is wrong, as `messages[1].role`."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
    keys = [f"[{key}]" if isinstance(key, int) else f".{key}" for key in first["loc"] if not _is_type(key)]
    param = "".join(keys).removeprefix(".") or None
    code = _CODES.get(first["type"], "invalid_type" if first["type"].endswith("_type") else "invalid_value")
    message = f"Missing required parameter: '{param}'." if code.startswith("missing") else f"'{param}': {first['msg']}."
    raise ApiError(400, code, message, param=param)


def refuse_unless_default(values: dict[str, Any], defaults: dict[str, tuple[Any, ...]]) -> None:
    """Raises ApiError 400 for a parameter that would be ignored, unless its value asks for nothing."""
    for name, harmless in defaults.items():
        if values.get(name) not in (None, *harmless):
            message = f"Unsupported value: '{name}' cannot be {_short(values[name])} here."
            raise ApiError(400, "unsupported_value", message, param=name)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:60]}..."


def _is_type(key: int | str) -> bool:
    """Whether a step of pydantic's path names one of several types, as `list[_Part]` or `str`."""
    return isinstance(key, str) and (key in ("str", "dict") or "[" in key or key[:1].isupper() or key[:1] == "_")
