"""The body of POST /v1/chat/completions -> a Brief for the writer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field

from edge_agent.serve.http_body import checked, refuse_unless_default
from edge_agent.serve.text_request import (
    Definition,
    FormatType,
    MessageText,
    Named,
    TextRequest,
    Told,
    call_text,
    choice_of,
    keyed,
    schema_of,
    text_of,
)
from edge_agent.think.brief import Brief

_HARMLESS: dict[str, tuple[Any, ...]] = {
    "n": (1,),
    "frequency_penalty": (0,),
    "presence_penalty": (0,),
    "logit_bias": ({},),
    "logprobs": (False,),
    "modalities": (["text"],),
    "functions": ([],),
}
"""Parameters that would change the answer and are not to be had, with the values that ask for nothing."""


def _list_of(stop: Any) -> Any:
    return [stop] if isinstance(stop, str) and stop else stop or []


StopText = Annotated[str, Field(min_length=1, max_length=256)]
StopTexts = Annotated[list[StopText], Field(max_length=4), BeforeValidator(_list_of)]


class _Function(BaseModel):
    name: str = Field(min_length=1, max_length=64)
    arguments: str = ""


class _ToolCall(BaseModel):
    id: str = ""
    function: _Function


class _Message(BaseModel):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: MessageText = None
    tool_calls: list[_ToolCall] | None = None


class _Tool(BaseModel):
    type: Literal["function"]
    function: Definition


class _Choice(BaseModel):
    function: Named


class _StreamOptions(BaseModel):
    include_usage: bool = False


class _JsonSchema(BaseModel):
    shape: dict[str, Any] | None = Field(default=None, alias="schema")


class _Format(BaseModel):
    type: FormatType
    json_schema: _JsonSchema | None = None


class ChatRequest(TextRequest):
    messages: list[_Message] = Field(min_length=1)
    tools: list[_Tool] | None = None
    tool_choice: Literal["auto", "none", "required"] | _Choice | None = None
    max_completion_tokens: int | None = Field(default=None, ge=1)
    max_tokens: int | None = Field(default=None, ge=1)
    stop: StopTexts = Field(default_factory=list)
    response_format: _Format | None = None
    stream_options: _StreamOptions | None = None


def chat_request(body: dict[str, Any]) -> tuple[ChatRequest, Brief]:
    """Raises ApiError 400 for what is wrong, or would be ignored though it changes the answer."""
    refuse_unless_default(body, _HARMLESS)
    asked = checked(ChatRequest, body)
    tools = tuple(tool.function.tool() for tool in asked.tools or ())
    choice = asked.tool_choice.function if isinstance(asked.tool_choice, _Choice) else asked.tool_choice
    instructions, entries = _conversation(asked.messages)
    messages, key = keyed(instructions, entries)
    form = asked.response_format
    shape = form.json_schema.shape if form and form.json_schema else None
    brief = Brief(
        key=key,
        instructions=instructions,
        messages=messages,
        tools=tools,
        tool_choice=choice_of(choice, tools),
        parallel=asked.parallel_tool_calls is not False,
        spoken=False,
        max_tokens=asked.max_completion_tokens or asked.max_tokens,
        temperature=asked.temperature,
        top_p=asked.top_p,
        stop=tuple(asked.stop),
        schema=schema_of(form.type, shape) if form else None,
        truncation="disabled",
    )
    return asked, brief


def _conversation(given: list[_Message]) -> tuple[str, list[Told]]:
    """The instructions, and what follows them."""
    leading = next((i for i, each in enumerate(given) if each.role not in ("system", "developer")), len(given))
    texts = [text_of(each.content, f"messages[{i}]") for i, each in enumerate(given)]
    entries = [
        entry for each, text in zip(given[leading:], texts[leading:], strict=True) for entry in _entries(each, text)
    ]
    return "\n\n".join(texts[:leading]), entries


def _entries(message: _Message, text: str) -> list[Told]:
    """One message as roles of the Brief with their texts: an assistant's calls are entries of their own."""
    match message.role:
        case "assistant":
            calls = [call.function for call in message.tool_calls or ()]
            said: list[Told] = [("assistant", text)] if text else []
            return [*said, *(("call", call_text(call.name, call.arguments)) for call in calls)]
        case "system" | "developer":
            return [("system", text)]
        case "tool":
            return [("result", text)]
        case "user":
            return [("user", text)]
