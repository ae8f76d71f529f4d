"""Grammar (GBNF, llama.cpp's) of what a tool's arguments, or an answer in JSON, may be."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from edge_agent.errors import EngineError
from edge_agent.schema import Schema
from edge_agent.think.cards import stand_in

_CHAR = r'char ::= [^"\\\x7F\x00-\x1F] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F])'
"""A character of a JSON string. llama-cpp-python's own rule lets bare line breaks through, which JSON does not."""


def arguments_grammar(schema: Schema) -> str:
    """Grammar of the JSON objects that fit a schema of `arguments_schema`, ranges of numbers apart."""
    stand_in()
    from llama_cpp.llama_grammar import json_schema_to_gbnf

    try:
        grammar = str(json_schema_to_gbnf(json.dumps(schema)))
    except (AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise EngineError(f"The JSON schema cannot be made a grammar ({error}).") from error
    grammar = re.sub(r"(?m)^char ::=.*$", lambda match: _CHAR, grammar)
    return re.sub(r"(?m)^root ::=", 'root ::= " "?', grammar)


def names_grammar(names: Iterable[str]) -> str:
    """One of the names, in quotes."""
    return 'root ::= " "? "\\"" (' + " | ".join(f'"{name}"' for name in names) + ') "\\""'
