"""Chat templates, one per model family. Never the one in the model file, a stranger's code (CVE-2024-34359)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from edge_agent.errors import ConfigError
from edge_agent.think.tool_formats import GEMMA, LLAMA, MISTRAL, QWEN, ToolFormat

ChatRole = Literal["system", "user", "assistant"]
Side = ChatRole | Literal["tool"]
"""A side is who speaks in a prompt. Where a family knows no `tool`, the user says what a tool returned."""


@dataclass(frozen=True, slots=True)
class ChatTemplate:
    """How a message is wrapped. The wrapping is tokenised with special tokens, what people say without.

    Formats are those of the model cards: Qwen2.5 and SmolLM2 (ChatML), Qwen3, Llama 3, Gemma, Mistral.
    """

    before: dict[Side, str]
    after: dict[Side, str]
    answer_prefix: str = ""
    """Follows the assistant's header when an answer is asked for, and is not part of the answer."""
    start: str = ""
    stops: tuple[str, ...] = ()
    tools: ToolFormat = QWEN


def _chatml(answer_prefix: str = "") -> ChatTemplate:
    roles: tuple[Side, ...] = ("system", "user", "assistant")
    return ChatTemplate(
        before={role: f"<|im_start|>{role}\n" for role in roles},
        after={role: "<|im_end|>\n" for role in roles},
        answer_prefix=answer_prefix,
        stops=("<|im_end|>", "<|im_start|>", "<|endoftext|>"),
    )


TEMPLATES: dict[str, ChatTemplate] = {
    "chatml": _chatml(),
    # Qwen3 thinks aloud unless its answer begins with an empty thought (model card, "enable_thinking=False").
    "qwen3": _chatml(answer_prefix="<think>\n\n</think>\n\n"),
    "llama3": ChatTemplate(
        before={
            "system": "<|start_header_id|>system<|end_header_id|>\n\n",
            "user": "<|start_header_id|>user<|end_header_id|>\n\n",
            "assistant": "<|start_header_id|>assistant<|end_header_id|>\n\n",
            "tool": "<|start_header_id|>ipython<|end_header_id|>\n\n",
        },
        after={"system": "<|eot_id|>", "user": "<|eot_id|>", "assistant": "<|eot_id|>", "tool": "<|eot_id|>"},
        start="<|begin_of_text|>",
        stops=("<|eot_id|>", "<|end_of_text|>"),
        tools=LLAMA,
    ),
    "gemma": ChatTemplate(  # knows no system role: the persona opens the conversation as a user
        before={
            "system": "<start_of_turn>user\n",
            "user": "<start_of_turn>user\n",
            "assistant": "<start_of_turn>model\n",
        },
        after={"system": "<end_of_turn>\n", "user": "<end_of_turn>\n", "assistant": "<end_of_turn>\n"},
        start="<bos>",
        stops=("<end_of_turn>", "<eos>"),
        tools=GEMMA,
    ),
    "mistral": ChatTemplate(
        before={"system": "[INST] ", "user": "[INST] ", "assistant": "", "tool": "[TOOL_RESULTS] "},
        after={
            "system": " [/INST] Understood.</s>",
            "user": " [/INST]",
            "assistant": "</s>",
            "tool": "[/TOOL_RESULTS]",
        },
        start="<s>",
        stops=("</s>", "[INST]"),
        tools=MISTRAL,
    ),
}


def template_for(family: str) -> ChatTemplate:
    """The template of a family, or ConfigError naming the known ones."""
    try:
        return TEMPLATES[family]
    except KeyError:
        raise ConfigError(
            f"There is no chat template called '{family}'; known are {', '.join(sorted(TEMPLATES))}."
        ) from None
