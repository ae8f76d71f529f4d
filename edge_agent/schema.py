"""The JSON schema of arguments or of an answer -> one that is safe to work with: small, no references or expressions.

Schemas come from whoever connects. A reference may point to itself or into the network, a pattern may take for ever to
match, and what goes deep overflows stacks in C. So only keywords that are known are copied; what is left out is not
checked. The rules are those of JSON Schema 2020-12, which draft 7 shares as far as they go.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, TypeVar

from edge_agent.errors import EngineError

T = TypeVar("T")
Schema = dict[str, Any]

MOST_LEVELS = 12
MOST_PARTS = 500
"""A whole schema has at most so many parts: schemas within it, and values of enumerations."""
MOST_CHARS = 200
"""A name or value has at most so many characters of JSON."""
MOST_REPEATS = 64
"""A longer least or greatest length is left out: each repeat is a level of nesting in the grammar."""
MOST_NUMBERS = 128
"""A range of so many integers becomes an enumeration, since the grammar knows no order of numbers."""

_TYPES = ("string", "number", "integer", "boolean", "object", "array", "null")
_ANY = tuple(each for each in _TYPES if each != "integer")
_COPIED = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_LENGTHS = ("minLength", "maxLength", "minItems", "maxItems")


def arguments_schema(parameters: Schema) -> Schema:
    """What a tool takes or an answer is: an object. Raises EngineError, saying why, where that cannot be told."""
    whole = _Reading(parameters).read(parameters or {"type": "object"}, 0)
    if "anyOf" not in whole and "enum" not in whole and whole.get("type", "object") == "object":
        return {"properties": {}, **whole, "type": "object"}
    raise EngineError("The JSON schema must be of type object.")


def misfit(schema: Schema, value: Any) -> tuple[str, str] | None:
    """The first place of `value` that does not fit a schema of `arguments_schema`, and the keyword that says so."""
    from jsonschema import Draft202012Validator

    for error in Draft202012Validator(schema).iter_errors(value):
        return ".".join(str(key) for key in error.absolute_path) or "the arguments", str(error.validator)
    return None


@dataclass
class _Reading:
    root: Schema
    left: int = MOST_PARTS

    def read(self, schema: Any, level: int) -> Schema:
        self._spend(1, level)
        if schema is True:
            schema = {}
        if not isinstance(schema, dict):
            raise EngineError(f"The JSON schema has {str(schema)[:40]!r} where a schema belongs.")
        if "$ref" in schema:
            return self.read(self._target(schema["$ref"]), level + 1)
        if "allOf" in schema:
            return self.read(_joined(schema), level + 1)
        if "const" in schema or "enum" in schema:
            return {"enum": self._values(schema)}
        for union in ("anyOf", "oneOf"):
            if union in schema:
                return {"anyOf": [self.read(each, level + 1) for each in _list_of(schema, union)]}
        return self._typed(schema, level)

    def _spend(self, parts: int, level: int = 0) -> None:
        self.left -= parts
        if level > MOST_LEVELS or self.left < 0:
            raise EngineError(
                f"The JSON schema is too large: at most {MOST_LEVELS} levels and {MOST_PARTS} parts, "
                "and none that contains itself."
            )

    def _target(self, reference: object) -> Any:
        """What a reference within the schema points to (JSON pointer, RFC 6901)."""
        target: Any = self.root
        if not isinstance(reference, str) or not reference.startswith("#"):
            raise EngineError(f"The JSON schema refers to {str(reference)[:80]!r}; only '#/...' is read.")
        for key in reference[1:].split("/")[1:]:
            key = key.replace("~1", "/").replace("~0", "~")
            if not isinstance(target, dict) or key not in target:
                raise EngineError(f"The JSON schema refers to {reference[:80]!r}, which is not there.")
            target = target[key]
        return target

    def _values(self, schema: Schema) -> list[Any]:
        values = [schema["const"]] if "const" in schema else _list_of(schema, "enum")
        self._spend(len(values))
        return [_written(value) for value in values]

    def _typed(self, schema: Schema, level: int) -> Schema:
        types = schema.get("type", _implied(schema))
        if isinstance(types, list | tuple) and types:
            return {"anyOf": [self.read({**schema, "type": each}, level + 1) for each in types]}
        if types not in _TYPES:
            raise EngineError(f"The JSON schema has an unknown type: {str(types)[:40]!r}.")
        numbers = _range(schema) if types == "integer" else None
        if numbers is not None:
            return {"enum": list(numbers)}
        clean: Schema = {"type": types}
        clean |= {key: value for key in _COPIED if _is_number(value := schema.get(key))}
        clean |= {key: n for key in _LENGTHS if type(n := schema.get(key)) is int and 0 <= n <= MOST_REPEATS}
        if types == "array" and "items" in schema:
            clean["items"] = self.read(schema["items"], level + 1)
        if types == "object":
            clean |= self._members(schema, level)
        return clean

    def _members(self, schema: Schema, level: int) -> Schema:
        properties, more = schema.get("properties"), schema.get("additionalProperties")
        clean: Schema = {}
        if isinstance(properties, dict):
            clean["properties"] = {_written(name): self.read(each, level + 1) for name, each in properties.items()}
            required = {name for name in _list_of(schema, "required", []) if isinstance(name, str)}
            needed = [name for name in properties if name in required]
            clean |= {"required": needed} if needed else {}
        if more is False or isinstance(more, dict):
            clean["additionalProperties"] = more is not False and self.read(more, level + 1)
        return clean


def _list_of(schema: Schema, key: str, default: list[Any] | None = None) -> list[Any]:
    values = schema.get(key, default)
    if not isinstance(values, list) or (default is None and not values):
        raise EngineError(f"The JSON schema needs a list as its '{key}'.")
    return values


def _joined(schema: Schema) -> Schema:
    """`allOf` with one member, as some generators wrap a reference."""
    parts = _list_of(schema, "allOf")
    rest = {key: value for key, value in schema.items() if key != "allOf"}
    if len(parts) != 1 or not isinstance(parts[0], dict):
        raise EngineError("The JSON schema joins several with 'allOf'; only one can be read.")
    return {**rest, **parts[0]}


def _implied(schema: Schema) -> str | tuple[str, ...]:
    if {"properties", "required", "additionalProperties"} & schema.keys():
        return "object"
    return "array" if "items" in schema else _ANY


def _range(schema: Schema) -> range | None:
    lowest, highest = schema.get("minimum"), schema.get("maximum")
    if type(lowest) is int and type(highest) is int and lowest <= highest < lowest + MOST_NUMBERS:
        return range(lowest, highest + 1)
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _written(value: T) -> T:
    """The name or value. Raises EngineError if it cannot stand in a grammar as it is."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (RecursionError, ValueError):
        text = "\\"
    strange = any(char == "\\" or not " " <= char <= "\uffff" or "\ud800" <= char <= "\udfff" for char in text)
    if strange or len(text) > MOST_CHARS:
        raise EngineError(f"The JSON schema has a name or value that no grammar can hold: {str(value)[:60]}")
    return value
