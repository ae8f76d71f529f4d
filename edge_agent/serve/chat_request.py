"""The body of POST /v1/chat/completions -> a Brief for the writer."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal

from pydantic import BaseModel, Field

from edge_agent.serve.http_body import checked, refuse_unless_default
from edge_agent.serve.http_errors import ApiError
from edge_agent.think.brief import Brief, Message, Tool

_HARMLESS: dict[str, tuple[Any, ...]] = {
    "n": (1,),
    "top_p": (1,),
    "frequency_penalty": (0,),
    "presence_penalty": (0,),
    "logit_bias": ({},),
    "stop": ([], ""),
    "logprobs": (False,),
    "response_format": ({"type": "text"},),
    "modalities": (["text"],),
    "functions": ([],),
}
"""Parameters that would change the answer and are not to be had, with the values that ask for nothing."""


class _Part(BaseModel):
    type: str
    text: str = ""


class _Function(BaseModel):
    name: str = Field(min_length=1, max_length=64)
    arguments: str = ""


class _ToolCall(BaseModel):
    id: str = ""
    function: _Function


class _Message(BaseModel):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[_Part] | None = None
    tool_calls: list[_ToolCall] | None = None


class _Definition(BaseModel):
    name: str = Field(min_length=1, max_length=64)
    description: str = ""
    parameters: dict[str, Any] = Field(default_factory=dict)


class _Tool(BaseModel):
    type: Literal["function"]
    function: _Definition


class _Named(BaseModel):
    name: str


class _Choice(BaseModel):
    function: _Named


class _StreamOptions(BaseModel):
    include_usage: bool = False


class ChatRequest(BaseModel):
    """Any `model` is accepted: there is one."""

    messages: list[_Message] = Field(min_length=1)
    model: str = ""
    tools: list[_Tool] | None = None
    tool_choice: Literal["auto", "none", "required"] | _Choice | None = None
    parallel_tool_calls: bool | None = None
    max_completion_tokens: int | None = Field(default=None, ge=1)
    max_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    stream: bool | None = None
    stream_options: _StreamOptions | None = None


def chat_request(body: dict[str, Any]) -> tuple[ChatRequest, Brief]:
    """Raises ApiError 400 for what is wrong, or would be ignored though it changes the answer."""
    refuse_unless_default(body, _HARMLESS)
    asked = checked(ChatRequest, body)
    tools = tuple(Tool(t.function.name, t.function.description, t.function.parameters) for t in asked.tools or ())
    choice = asked.tool_choice.function.name if isinstance(asked.tool_choice, _Choice) else asked.tool_choice or "auto"
    names = {tool.name for tool in tools}
    if (isinstance(asked.tool_choice, _Choice) and choice not in names) or (choice == "required" and not tools):
        raise ApiError(
            400, "invalid_value", "'tool_choice' asks for a tool that is not in 'tools'.", param="tool_choice"
        )
    instructions, messages, key = _conversation(asked.messages)
    brief = Brief(
        key=key,
        instructions=instructions,
        messages=messages,
        tools=tools,
        tool_choice=choice,
        parallel=asked.parallel_tool_calls is not False,
        spoken=False,
        max_tokens=asked.max_completion_tokens or asked.max_tokens,
        temperature=asked.temperature,
        truncation="disabled",
    )
    return asked, brief


def _conversation(given: list[_Message]) -> tuple[str, tuple[Message, ...], str]:
    """Instructions, messages, and the key of the answer.

    The client sends all of the conversation each time. A key is a hash of all that went before, so that an answer is
    recognised when it comes back.
    """
    leading = next((i for i, each in enumerate(given) if each.role not in ("system", "developer")), len(given))
    instructions = "\n\n".join(_text(each, f"messages[{i}]") for i, each in enumerate(given[:leading]))
    chain, messages = hashlib.sha256(instructions.encode("utf-8", "surrogatepass")), list[Message]()
    for i, each in enumerate(given[leading:], start=leading):
        for role, text in _entries(each, f"messages[{i}]"):
            messages.append(Message(chain.hexdigest()[:24], role, text))
            chain.update(json.dumps([role, text]).encode())
    return instructions, tuple(messages), chain.hexdigest()[:24]


def _entries(message: _Message, param: str) -> list[tuple[Any, str]]:
    """One message as roles of the Brief with their texts: an assistant's calls are entries of their own."""
    text = _text(message, param)
    if message.role == "assistant":
        said = [("assistant", text)] if text else []
        return said + [("call", _call(call.function)) for call in message.tool_calls or ()]
    role = {"developer": "system", "tool": "result"}.get(message.role, message.role)
    return [(role, text)]


def _call(function: _Function) -> str:
    try:
        arguments = json.loads(function.arguments or "{}")
    except ValueError:
        arguments = function.arguments
    return json.dumps({"name": function.name, "arguments": arguments}, ensure_ascii=False)


def _text(message: _Message, param: str) -> str:
    if not isinstance(message.content, list):
        return message.content or ""
    for i, part in enumerate(message.content):
        if part.type != "text":
            where = f"{param}.content[{i}].type"
            raise ApiError(400, "unsupported_value", f"Only text can be read here, no '{part.type:.40}'.", param=where)
    return "".join(part.text for part in message.content)
