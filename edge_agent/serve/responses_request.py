"""The body of POST /v1/responses -> a Brief for the writer, and what it adds to the conversation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from edge_agent.serve.http_body import checked, refuse_unless_default
from edge_agent.serve.http_errors import ApiError
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
    "background": (False,),
    "conversation": (),
    "include": ([], ["reasoning.encrypted_content"]),
    "max_tool_calls": (),
    "prompt": (),
    "top_logprobs": (0,),
}
"""Parameters that would change the answer and are not to be had, with the values that ask for nothing."""


class _Item(BaseModel):
    """Any item that may be said back to a server: `type` says which of the fields count."""

    type: Literal["message", "function_call", "function_call_output", "item_reference", "reasoning"] = "message"
    role: Literal["system", "developer", "user", "assistant"] = "user"
    content: MessageText = None
    id: str | None = None
    name: str = ""
    arguments: str = ""
    output: MessageText = None


class _Function(BaseModel):
    type: Literal["function"]


class _Tool(Definition, _Function):
    strict: bool | None = None


class _Choice(Named, _Function):
    """A tool by its name."""


class _Format(BaseModel):
    type: FormatType
    name: str | None = None
    shape: dict[str, Any] | None = Field(default=None, alias="schema")


class _Text(BaseModel):
    format: _Format | None = None


class ResponsesRequest(TextRequest):
    input: str | list[_Item] = Field(min_length=1)
    instructions: str | None = None
    previous_response_id: str | None = None
    store: bool | None = None
    tools: list[_Tool] | None = None
    tool_choice: Literal["auto", "none", "required"] | _Choice | None = None
    max_output_tokens: int | None = Field(default=None, ge=1)
    text: _Text | None = None
    truncation: Literal["auto", "disabled"] | None = None
    metadata: dict[str, str] | None = None


def responses_request(body: dict[str, Any]) -> ResponsesRequest:
    """Raises ApiError 400 for what is wrong, or would be ignored though it changes the answer."""
    refuse_unless_default(body, _HARMLESS)
    return checked(ResponsesRequest, body)


def new_entries(asked: ResponsesRequest, item: Callable[[str], Told | None]) -> list[Told]:
    """What the request adds to the conversation. `item`: an item of an earlier response by its id. Raises ApiError
    400."""
    if isinstance(asked.input, str):
        return [("user", asked.input)]
    given = [_entry(each, f"input[{i}]", item) for i, each in enumerate(asked.input)]
    return [entry for entry in given if entry]


def brief_of(asked: ResponsesRequest, entries: Sequence[Told]) -> Brief:
    """`entries`: all of the conversation. Raises ApiError 400."""
    tools = tuple(tool.tool() for tool in asked.tools or ())
    instructions = asked.instructions or ""
    messages, key = keyed(instructions, entries)
    form = asked.text.format if asked.text else None
    return Brief(
        key=key,
        instructions=instructions,
        messages=messages,
        tools=tools,
        tool_choice=choice_of(asked.tool_choice, tools),
        parallel=asked.parallel_tool_calls is not False,
        spoken=False,
        max_tokens=asked.max_output_tokens,
        temperature=asked.temperature,
        top_p=asked.top_p,
        schema=schema_of(form.type, form.shape) if form else None,
        truncation=asked.truncation or "disabled",
    )


def _entry(item: _Item, param: str, known: Callable[[str], Told | None]) -> Told | None:
    """None for what the model is not told: thoughts."""
    match item.type:
        case "message":
            role = "system" if item.role == "developer" else item.role
            return role, text_of(item.content, param)
        case "function_call":
            return "call", call_text(item.name, item.arguments)
        case "function_call_output":
            return "result", text_of(item.output, param)
        case "reasoning":
            return None
        case "item_reference":
            entry = known(item.id or "")
            if entry is None:
                message = f"Item with id '{item.id or '':.80}' not found. Send the item itself, or store responses."
                raise ApiError(400, "invalid_value", message, param=param)
            return entry
