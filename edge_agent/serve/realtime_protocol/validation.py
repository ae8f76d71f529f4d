"""pydantic's view of wrong input in the words and codes of the Realtime API."""

from __future__ import annotations

import base64
import binascii
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from edge_agent.serve.realtime_protocol.errors import (
    ClientError,
    invalid_type,
    invalid_value,
    missing_parameter,
    unknown_parameter,
)


class Shape(BaseModel):
    """An object on the wire: no other keys, no conversions (1 is no "1"), no NaN."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


T = TypeVar("T")

EXPECTED = {
    "string_type": "a string",
    "int_type": "an integer",
    "float_type": "a number",
    "bool_type": "a boolean",
    "list_type": "an array",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
}


def checked(schema: TypeAdapter[T], data: object, param: str) -> T:
    """`data` as `schema` has it. `param`: what it is ("item"). Raises ClientError."""
    try:
        return schema.validate_python(data)
    except ValidationError as error:
        raise _client_error(error.errors(include_url=False)[0], data, param) from None


def _client_error(detail: ErrorDetails, data: object, param: str) -> ClientError:
    kind, context = detail["type"], detail.get("ctx", {})
    param = _dotted(detail["loc"], data, param)
    if kind in ("missing", "union_tag_not_found"):
        return missing_parameter(f"{param}.{detail['loc'][-1] if kind == 'missing' else _discriminator(context)}")
    if kind == "extra_forbidden":
        return unknown_parameter(param)
    if kind in EXPECTED:
        return invalid_type(param, EXPECTED[kind], detail["input"])
    if kind == "string_too_long":
        why = f"Invalid '{param}': string too long. Expected at most {context['max_length']} characters."
        return ClientError("string_above_max_length", why, param)
    if kind == "union_tag_invalid":
        why = f"it is {context['tag'][:80]!r}, known are {context['expected_tags']}."
        return invalid_value(f"{param}.{_discriminator(context)}", why)
    if kind == "value_error":
        return invalid_value(param, f"{context['error']}.")
    return invalid_value(param, f"{detail['msg']}.")


def _discriminator(context: dict[str, Any]) -> str:
    return str(context["discriminator"]).strip("'")


def _dotted(loc: tuple[int | str, ...], data: Any, param: str) -> str:
    """The path of an error, as far as it is in `data`: pydantic names the members of unions in it too."""
    for step in loc:
        if isinstance(step, int) and isinstance(data, list) and step < len(data):
            param, data = f"{param}[{step}]", data[step]
        elif isinstance(data, dict) and step in data:
            param, data = f"{param}.{str(step)[:80]}", data[step]
    return param


MOST_AUDIO = 15 * 2**20
"""Bytes in one event."""


def decoded(audio: str, param: str) -> bytes:
    """Sound out of base64. Raises ClientError."""
    if len(audio) > MOST_AUDIO // 3 * 4 + 4:
        raise ClientError("string_above_max_length", f"Invalid '{param}': more than 15 MiB of audio.", param)
    try:
        return base64.b64decode(audio, validate=True)
    except (binascii.Error, ValueError):
        raise invalid_value(param, "it is not base64.") from None
