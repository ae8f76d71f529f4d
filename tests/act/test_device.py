"""What the device does for conversations that others own: its tools, and its skills as one tool."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from act_said import Said

from edge_agent.act.act import Act
from edge_agent.act.device import ASSISTANT, DeviceTools, DeviceToolset
from edge_agent.act.tools import Outcome, Tool, Toolbox


class House:
    """A device with one tool, whose conversations all begin at noon."""

    def __init__(self, folder: Path, *, rings: bool = True) -> None:
        self.folder, self.made = folder, list[Said]()
        lamp = Tool("lamp", "Switch the lamp.", {"type": "object", "properties": {}}, "act", "here", lambda _: "On.")
        self.device = DeviceToolset(Toolbox([lamp]), self._act, rings=rings)

    def _act(self) -> Act:
        self.made.append(Said(self.folder))
        return self.made[-1].act


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.device.close()


def ask(tools: DeviceTools, request: Any, asked: str = "") -> Outcome:
    return tools.call(ASSISTANT, json.dumps({"request": request}), asked)


def test_the_skills_are_a_tool_before_the_others(house: House) -> None:
    first, second = house.device.tools()
    assert (first.name, first.kind, list(first.parameters["properties"])) == (ASSISTANT, "act", ["request"])
    assert second.name == "lamp"
    assert house.made == []


def test_a_request_in_words_is_done_and_answered(house: House) -> None:
    tools = house.device.conversation()
    assert ask(tools, "Set a timer for ten minutes, please.").text == "Timer set for 10 minutes."
    assert [timer.seconds for timer in house.made[0].records.timers()] == [600]
    assert ask(tools, "What is seven times eight?").text == "Seven times eight is 56."
    assert tools.call("lamp", "{}", "Lamp on.") == Outcome(True, "On.")
    assert len(house.made) == 1
    tools.close()


def test_a_question_is_answered_in_its_own_conversation(house: House) -> None:
    one, other = house.device.conversation(), house.device.conversation()
    asked = ask(one, "Set a timer.")
    assert asked.ok
    assert asked.text.endswith("?")
    assert ask(other, "Ten minutes.").text == "Shall I set a timer for 10 minutes?"
    assert ask(one, "Ten minutes.").text == "Timer set for 10 minutes."


@pytest.mark.parametrize(
    ("request_", "why"),
    [("Write me a poem about rain.", "No skill"), (7, "do not fit"), ("x" * 5000, "No skill")],
)
def test_what_no_skill_knows_fails_with_a_sentence(house: House, request_: Any, why: str) -> None:
    outcome = ask(house.device.conversation(), request_)
    assert not outcome.ok
    assert why in outcome.text


def test_what_the_model_garbled_is_read_from_what_the_user_said(house: House) -> None:
    tools = house.device.conversation()
    assert ask(tools, "17 * 23 =", "What is 17 times 23?").text == "17 times 23 is 391."
    assert ask(tools, "Add milk to the shopping list.", "Milk is out; note it.").ok


def test_where_nothing_rings_that_is_said(tmp_path: Path) -> None:
    tools = House(tmp_path, rings=False).device.conversation()
    assert "rings only where" in ask(tools, "Wake me at seven.").text
    assert "rings only where" not in ask(tools, "Add milk to the shopping list.").text
