"""The types of openai-python as a schema of the wire."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, TypeAdapter


def fits(schema: Any, data: dict[str, Any]) -> Any:
    """`data` as `schema`, a class or a union of classes; fails where a key is wrong, missing, or not in it."""
    value = TypeAdapter(schema).validate_python(data)
    if keys := unknown(value):
        raise AssertionError(f"not in the type: {keys}")
    return value


def unknown(value: Any, path: str = "") -> list[str]:
    """Keys that no class has."""
    if isinstance(value, list):
        return [key for i, entry in enumerate(value) for key in unknown(entry, f"{path}[{i}]")]
    if not isinstance(value, BaseModel):
        return []
    extra = [f"{path}.{key}" for key in value.model_extra or {}]
    return extra + [key for name in type(value).model_fields for key in unknown(getattr(value, name), f"{path}.{name}")]
