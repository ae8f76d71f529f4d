"""What the two doors to text share: what a request may ask, and a Brief for the writer made of it."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from edge_agent.errors import EngineError
from edge_agent.schema import arguments_schema
from edge_agent.serve.bounded_json import read_json
from edge_agent.serve.http_errors import ApiError
from edge_agent.think.brief import Brief, Message, MessageRole, Tool
from edge_agent.think.tools import callees
from edge_agent.types import Json

Told = tuple[MessageRole, str]
"""One entry of a conversation."""
JSON_OBJECT: Json = {"type": "object"}


class TextRequest(BaseModel):
    """Any `model` is accepted: there is one."""

    model: str = ""
    parallel_tool_calls: bool | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    stream: bool | None = None


class Definition(BaseModel):
    name: str = Field(min_length=1, max_length=64)
    description: str | None = None
    parameters: dict[str, Any] | None = None

    def tool(self) -> Tool:
        return Tool(self.name, self.description or "", self.parameters or {})


class Named(BaseModel):
    name: str


class ContentPart(BaseModel):
    type: str
    text: str = ""


MessageText = str | list[ContentPart] | None
FormatType = Literal["text", "json_object", "json_schema"]


def text_of(content: MessageText, param: str) -> str:
    """The text of a message. Raises ApiError 400 for what is none."""
    if not isinstance(content, list):
        return content or ""
    for i, part in enumerate(content):
        if part.type not in ("text", "input_text", "output_text"):
            where = f"{param}.content[{i}].type"
            raise ApiError(400, "unsupported_value", f"Only text can be read here, no '{part.type:.40}'.", param=where)
    return "".join(part.text for part in content)


def call_text(name: str, arguments: str) -> str:
    """The text of a Message that is a call."""
    try:
        return _call(name, read_json(arguments or "{}"))
    except ValueError:  # a client may put anything into its history
        return _call(name, arguments)


def _call(name: str, arguments: object) -> str:
    return json.dumps({"name": name, "arguments": arguments}, ensure_ascii=False)


def choice_of(choice: Named | str | None, tools: Iterable[Tool]) -> str:
    """The choice as a Brief has it. Raises ApiError 400 for one that no tool can meet."""
    names = {tool.name for tool in tools}
    if (isinstance(choice, Named) and choice.name not in names) or (choice == "required" and not names):
        message = "'tool_choice' asks for a tool that is not in 'tools'."
        raise ApiError(400, "invalid_value", message, param="tool_choice")
    return choice.name if isinstance(choice, Named) else choice or "auto"


def schema_of(kind: FormatType, schema: Json | None) -> Json | None:
    """The JSON schema of the answer; None for words."""
    return None if kind == "text" else schema or JSON_OBJECT


def keyed(instructions: str, entries: Sequence[Told]) -> tuple[tuple[Message, ...], str]:
    """The messages, and the key of the answer to them.

    The client sends all of the conversation each time. A key is a hash of all that went before, so that an answer is
    recognised when it comes back.
    """
    chain, messages = hashlib.sha256(instructions.encode("utf-8", "surrogatepass")), list[Message]()
    for role, text in entries:
        messages.append(Message(chain.hexdigest()[:24], role, text))
        chain.update(json.dumps([role, text]).encode())
    return tuple(messages), chain.hexdigest()[:24]


async def check(brief: Brief, form: str) -> None:
    """Raises ApiError 400 for tools and schemas that the writer would refuse: a 500 is tried again by clients.
    `form`: the parameter that has the schema."""
    await asyncio.to_thread(_check, brief, form)


def _check(brief: Brief, form: str) -> None:
    param = "tools"
    try:
        callees(brief)
        param = form
        if brief.schema is not None:
            arguments_schema(brief.schema)
    except EngineError as error:
        raise ApiError(400, "invalid_value", str(error), param=param) from None
