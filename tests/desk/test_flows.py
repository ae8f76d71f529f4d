"""Flows: an owner's own steps, in a call."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent.act.tools import Toolbox
from edge_agent.act.tools.functions import tool_of
from edge_agent.desk.desk import Desk
from edge_agent.errors import ConfigError
from tests.desk.dentist import DENTIST, desk, dialogue

FLOW = """
[[flow]]
name = "prescription"
hears = ["prescription", "my tablets"]
[[flow.step]]
say = "I can order that."
[[flow.step]]
ask = "For which medicine?"
id = "medicine"
type = "text"
[[flow.step]]
ask = "How many packs?"
id = "packs"
type = "number"
[[flow.step]]
if = "packs > 3"
end = "More than three packs need a visit."
[[flow.step]]
call = "order"
with = { medicine = "{medicine}", packs = "{packs}", note = "for {medicine}" }
confirm = "So I order {packs} of {medicine}. Shall I?"
[[flow.step]]
say = "It will be ready on {result}."
"""
Ordered = list[tuple[str, int, str]]


@pytest.fixture
def ordered() -> Ordered:
    return []


@pytest.fixture
def call(tmp_path: Path, ordered: Ordered) -> Desk:
    def order(medicine: str, packs: int, note: str) -> str:
        """Order it."""
        ordered.append((medicine, packs, note))
        if medicine == "poison":
            raise ValueError("refused")
        return "Friday"

    found = desk(tmp_path, DENTIST + FLOW)
    found.tools = Toolbox([tool_of(order, "test")])
    found.greet()
    return found


def test_the_steps_follow_each_other_and_the_tool_waits_for_the_yes(call: Desk, ordered: Ordered) -> None:
    said = dialogue(call, "I need a new prescription", "ibuprofen", "two")
    assert said == [
        "I can order that. For which medicine?",
        "How many packs?",
        "So I order 2 of ibuprofen. Shall I?",
    ]
    assert ordered == []
    reply = call.hear("yes please")
    assert ordered == [("ibuprofen", 2, "for ibuprofen")]
    assert reply.said == "It will be ready on Friday. Is there anything else I can do for you?"
    assert [effect["type"] for effect in reply.effects] == ["called"]
    call.hear("yes")
    assert len(ordered) == 1


def test_a_condition_decides_which_steps_are_taken(call: Desk, ordered: Ordered) -> None:
    said = dialogue(call, "my tablets are gone", "ibuprofen", "seven")
    assert said[-1].startswith("More than three packs need a visit. Is there anything else")
    assert call.conversation.task == ""
    assert ordered == []


def test_a_no_calls_nothing(call: Desk, ordered: Ordered) -> None:
    dialogue(call, "a prescription please", "ibuprofen", "two", "no", "no, leave it")
    assert ordered == []


def test_a_tool_that_fails_is_no_success(call: Desk, ordered: Ordered) -> None:
    dialogue(call, "a prescription please", "poison", "two")
    reply = call.hear("yes")
    assert reply.said.startswith("I'm sorry, I can't do that just now.")
    assert reply.effects[0]["ok"] is False
    assert len(ordered) == 1


def test_an_appointment_can_be_booked_behind_it(call: Desk) -> None:
    dialogue(call, "a prescription please", "ibuprofen", "seven", "I need a check-up on Thursday at 3 pm", "Ann Smith")
    assert call.hear("07700 900123").asks == "confirm"


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        ('hears = ["prescription", "my tablets"]\n', "", "[[flow]]", "needs `hears`"),
        ('say = "I can order that."', 'tell = "x"', "[[flow.step]]", "has one of `say`"),
        ('if = "packs > 3"', 'if = "packs > many"', 'if = "packs', "'many' is no number"),
        ('if = "packs > 3"', 'if = "weight > 3"', 'if = "weight', "'weight' is nothing that was asked before"),
        ('id = "packs"', 'id = "Packs"', 'id = "Packs"', "a word of small letters"),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path: Path, old: str, new: str, line: str, sentence: str) -> None:
    text = DENTIST + FLOW.replace(old, new, 1)
    with pytest.raises(ConfigError) as error:
        desk(tmp_path, text)
    lines = str(error.value).splitlines()
    number = next(at for at, each in enumerate(text.splitlines(), 1) if each.startswith(line))
    assert any(f"agent.toml:{number}:" in each and sentence in each for each in lines), lines
