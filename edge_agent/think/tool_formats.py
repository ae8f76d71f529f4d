"""Tool formats, one per model family: how tools are declared, called, and answered."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ToolFormat:
    """The texts around what is said of tools. They are read as control tokens, what stands between them never is.

    Control tokens and fields are those of the published formats; the sentences, Qwen's apart, are ours.
    """

    tools: tuple[str, str, str]
    """Stand before, between and after the tools."""
    opening: str
    """Begins a call."""
    name: str
    """Follows `opening`, and the quoted name of the tool follows it; then come `arguments` and a JSON object."""
    arguments: str
    closing: str
    triggers: tuple[str, ...]
    """Texts by which a model begins a call, however they are spaced; the family's own first."""
    result: tuple[str, str]
    """Stand before and after what a tool returned."""
    result_is_json: bool = False
    """Whether what a tool returned is written as a JSON string."""
    apart: bool = False
    """Whether the tools follow the message of the instructions, instead of standing in it."""
    between: str = "\n"
    """Stands before a call that follows words or another call."""


_BARE = ("```json{", '```{"name":', '{"name":', '{"function":')
"""Small models, hardly trained on calls (Qwen2.5-Coder), often write the JSON alone or in a fence."""

QWEN = ToolFormat(
    tools=(
        "\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
        "You are provided with function signatures within <tools></tools> XML tags:\n<tools>\n",
        "\n",
        "\n</tools>\n\nFor each function call, return a json object with function name and arguments within "
        "<tool_call></tool_call> XML tags:\n<tool_call>\n"
        '{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>',
    ),
    opening="<tool_call>",
    name='\n{"name":',
    arguments=', "arguments":',
    closing="}\n</tool_call>",
    triggers=("<tool_call>", "<tools>", *_BARE),
    result=("<tool_response>\n", "\n</tool_response>"),
)
"""Qwen2.5 was trained on it (its chat template); its kin share it: Hermes, SmolLM2, Qwen3."""

_IN_JSON = (
    "\n\nYou can call the functions below, each described in JSON.\n",
    "\n",
    "\nTo call one, write nothing but JSON of this format%s:\n"
    '%s{"name": <function name>, "parameters": <object of its arguments>}%s\n'
    "Where no function is needed, answer in words.",
)

LLAMA = ToolFormat(
    tools=(*_IN_JSON[:2], _IN_JSON[2] % ("", "", "")),
    opening="",
    name='{"name":',
    arguments=', "parameters":',
    closing="}",
    triggers=("<|python_tag|>", '{"type":', *_BARE),
    result=("", ""),
)
"""Llama 3.1 and 3.2, "JSON based tool calling" (Meta's prompt formats, the chat templates with the models). Results
have a role of their own, `ipython`. A call may begin with the `type` that the declaration shows."""

GEMMA = ToolFormat(
    tools=(*_IN_JSON[:2], _IN_JSON[2] % (" in a block", "```tool_code\n", "\n```")),
    opening="```tool_code",
    name='\n{"name":',
    arguments=', "parameters":',
    closing="}\n```",
    triggers=("```tool_code", *_BARE),
    result=("```tool_output\n", "\n```"),
)
"""Gemma 2 and 3 know neither role nor token for tools; the prompt says how to call ("Function calling with Gemma",
ai.google.dev: JSON of name and parameters; the blocks `tool_code` and `tool_output` are Google's for Gemma 3)."""

MISTRAL = ToolFormat(
    tools=("[AVAILABLE_TOOLS] [", ", ", "][/AVAILABLE_TOOLS]"),
    opening="[TOOL_CALLS] [",
    name='{"name":',
    arguments=', "arguments":',
    closing="}]",
    triggers=("[TOOL_CALLS]", '[{"name":', *_BARE),
    result=('{"content": ', "}"),
    result_is_json=True,
    apart=True,
    between="",
)
"""Mistral's tokenizer v3 (docs.mistral.ai, "Tokenization", "Tool Calling"), less the ids of calls. It has the tools
before the last message of the user; here they stay before the first, or every turn would evaluate them anew."""
