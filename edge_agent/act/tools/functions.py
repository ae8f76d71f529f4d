"""Functions: a Python function with a docstring and type hints -> a tool."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, NotRequired, get_args, get_type_hints

from edge_agent.act.tools.tool import Tool, ToolKind, checked
from edge_agent.errors import ToolError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

DONE = "Done."
"""What a function that returns nothing has returned."""
_ARGUMENT = re.compile(r"(\w+)(?:\s*\([^)]*\))?:\s+(.+)")
"""A line below `Args:`."""


def tool_of(function: Callable[..., Any], source: str) -> Tool:
    """The tool of a function: the first paragraph of its docstring says what it does, the lines below `Args:` what its
    arguments are, the type hints what they may be.

    Raises ToolError for a function that has no docstring, an argument without a type hint, or one that JSON cannot
    tell.
    """
    name = str(getattr(function, "__name__", function))
    doc = inspect.getdoc(function) or ""
    if not doc.strip():
        raise ToolError(f"The function {name} has no docstring that says what it does.")
    if inspect.iscoroutinefunction(function):
        raise ToolError(f"The function {name} is async; a tool is a plain function.")
    kind: Any = getattr(function, "kind", "act")
    if kind not in get_args(ToolKind):
        raise ToolError(f"The function {name} has the kind {kind!r}; known are {', '.join(get_args(ToolKind))}.")
    adapter = _arguments(function, name, _told(doc))
    schema = adapter.json_schema()

    def call(arguments: dict[str, Any]) -> str:
        return _text(function(**_converted(adapter, arguments)))

    return checked(Tool(name, doc.split("\n\n")[0], schema, kind, source, call))


def _arguments(function: Callable[..., Any], name: str, told: dict[str, str]) -> TypeAdapter[dict[str, Any]]:
    """What reads the arguments: a dictionary of those that the function takes, and no others."""
    from pydantic import ConfigDict, Field, TypeAdapter
    from pydantic.errors import PydanticUserError
    from typing_extensions import TypedDict  # pydantic refuses Python's own before 3.12

    try:
        hints = get_type_hints(function, include_extras=True)
    except (NameError, TypeError, SyntaxError) as error:
        raise ToolError(f"The type hints of the function {name} cannot be read ({error}).") from None
    members: dict[str, Any] = {}
    annotating: Any = Annotated  # the three as values, which they are here
    optional: Any = NotRequired
    typed: Any = TypedDict
    for each in inspect.signature(function).parameters.values():
        if each.kind not in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY) or each.name not in hints:
            raise ToolError(f"The argument {each.name} of the function {name} needs a type hint and a name.")
        annotated, required = (hints[each.name], Field(description=told.get(each.name))), each.default is each.empty
        members[each.name] = annotating[annotated] if required else optional[annotating[annotated]]
    taken = typed("taken", members)
    taken.__pydantic_config__ = ConfigDict(extra="forbid")
    try:
        adapter: TypeAdapter[dict[str, Any]] = TypeAdapter(taken)
        adapter.json_schema()
    except PydanticUserError as error:
        raise ToolError(f"The function {name} takes what JSON cannot tell ({str(error).splitlines()[0]}).") from None
    return adapter


def _told(doc: str) -> dict[str, str]:
    """The lines below `Args:`, by the name of the argument; a deeper line goes on with the one before."""
    _, args, rest = doc.partition("Args:\n")
    told: dict[str, str] = {}
    name = ""
    for line in rest.splitlines() if args else ():
        found = _ARGUMENT.match(line.strip())
        if not line.strip() or not line.startswith(" "):
            break
        if found:
            name, told[found[1]] = found[1], found[2]
        elif name:
            told[name] += f" {line.strip()}"
    return told


def _converted(adapter: TypeAdapter[dict[str, Any]], arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments as the function wants them: an Enum, a datetime. Raises ToolError."""
    from pydantic import ValidationError

    try:
        return adapter.validate_python(arguments)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the arguments"
        raise ToolError(f"{place} cannot be {first['input']!r:.80}: {first['msg']}.") from None


def _text(result: object) -> str:
    if result is None:
        return DONE
    return result if isinstance(result, str) else json.dumps(result, ensure_ascii=False, default=str)
