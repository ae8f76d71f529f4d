"""Relevance: what is offered for what was said."""

from __future__ import annotations

import pytest

from edge_agent.act.tools import Tool, Toolbox
from edge_agent.act.tools.relevance import matching_of, stems
from edge_agent.act.tools.tool import checked

BINS = ("bin_day", "Tell on which day the bins of a street are emptied.", {"street": {"type": "string"}})
LAMP = ("set_light", "Switch the light in one room.", {"room": {"enum": ["kitchen", "living room"]}})
GATE = ("openGarage", "Open the door of the garage.", {"wide": {"type": "boolean"}})


def box(*tools: tuple[str, str, dict[str, object]]) -> Toolbox:
    return Toolbox(
        checked(Tool(name, told, {"type": "object", "properties": members}, "act", "test", str))
        for name, told, members in tools
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Which day do they empty the bin?", ["bin_day"]),
        ("It is too dark in the living room.", ["set_light"]),  # kin, and a value it may be given
        ("Could you put the lamps on in the kitchen?", ["set_light"]),
        ("Open the garage, please.", ["openGarage"]),  # camelCase
        ("Good morning!", []),
        ("What is the capital of Japan?", []),
        ("Can you tell me what that was about?", []),
        ("", []),
    ],
)
def test_tools_are_offered_that_share_words_with_what_was_said(text: str, names: list[str]) -> None:
    assert [tool.name for tool in box(BINS, LAMP, GATE).offered(text)] == names


def test_the_best_come_first_and_no_more_than_asked_for() -> None:
    many = [(f"light_{i}", "Switch the light.", {}) for i in range(20)]
    garden = ("garden_light", "Switch the light in the garden.", {})
    offered = box(*many, garden).offered("Switch the garden light on.")
    assert offered[0].name == "garden_light"
    assert len(box(*many).offered("Switch the light on.", most=3)) <= 3
    assert box().offered("Switch the light on.") == ()


def test_what_every_tool_shares_says_little() -> None:
    """Two hundred tools of one server all say "device"."""
    tools = [(f"tool_{i}", f"Let the device do thing{chr(97 + i % 26)}x.", {}) for i in range(60)]
    assert box(*tools).offered("Is the device there?") == ()


def test_words_are_read_in_their_language_and_in_english_where_there_is_none() -> None:
    assert matching_of("xx") == matching_of("en")
    assert set(stems("Lamps, raining snake_case camelCase 42", matching_of("en"))) == set(
        stems("light rain snake case camel case", matching_of("en"))
    )
