"""Lists, what the user asked to be remembered, and choices of skills."""

from __future__ import annotations

from datetime import timedelta

import pytest
from record_world import MONDAY

from edge_agent.act.records import Records
from edge_agent.errors import RecordsError
from edge_agent.words import words_of


@pytest.fixture
def records() -> Records:
    return Records(None)


def test_items_keep_their_order_and_stand_once(records: Records) -> None:
    assert records.add_items("Shopping", ["milk", "Rye  bread", " Milk ", ""]) == ["milk", "Rye bread"]
    assert records.add_items("shopping", ["eggs", "rye BREAD"]) == ["eggs"]
    assert records.items(" SHOPPING ") == ["milk", "Rye bread", "eggs"]
    assert records.lists() == ["Shopping"]


def test_lists_are_apart(records: Records) -> None:
    records.add_items("to do", ["call Ann"])
    records.add_items("Groceries", ["call Ann", "milk"])
    assert records.lists() == ["Groceries", "to do"]
    assert records.remove_item("to do", "CALL ANN") is True
    assert records.remove_item("to do", "call Ann") is False
    assert records.items("groceries") == ["call Ann", "milk"]
    assert records.clear_list("groceries") == 2
    assert records.lists() == ["Groceries", "to do"]
    assert records.remove_list("TO DO") is True
    assert records.remove_list("to do") is False
    assert records.lists() == ["Groceries"]


def test_a_list_goes_with_its_items(records: Records) -> None:
    records.add_items("a", ["one"])
    records.remove_list("a")
    assert records.add_items("A", []) == []
    assert (records.lists(), records.items("a")) == (["A"], [])


def test_what_is_not_there_is_empty(records: Records) -> None:
    assert (records.items("x"), records.clear_list("x"), records.remove_item("x", "y")) == ([], 0, False)
    with pytest.raises(RecordsError, match="name"):
        records.add_items(" ", ["x"])


def test_facts_are_kept_as_they_were_said(records: Records) -> None:
    first = records.remember(" my keys are in  the drawer ", MONDAY)
    second = records.remember("Ann's birthday is on 3 May", MONDAY + timedelta(hours=1))
    assert (first.text, first.at) == ("my keys are in the drawer", MONDAY)
    assert records.remember("my keys are in the drawer", MONDAY + timedelta(days=1)) == first
    assert records.facts() == [first, second]
    assert records.forget(first.id) == first
    assert records.facts() == [second]
    with pytest.raises(RecordsError, match=f"remembered as {first.id}"):
        records.forget(first.id)
    with pytest.raises(RecordsError, match="nothing to remember"):
        records.remember(" ", MONDAY)
    assert records.forget_all() == 1
    assert (records.forget_all(), records.facts()) == (0, [])


@pytest.mark.parametrize(
    ("about", "best"),
    [
        ("where are my keys", "my keys are in the drawer"),
        ("the drawers", "my keys are in the drawer"),
        ("when is Ann's birthday", "Ann's birthday is on 3 May"),
        ("BIRTHDAYS", "Ann's birthday is on 3 May"),
        ("what is my wifi password", "the wifi password is open sesame"),
        ("the weather", None),
        ("", None),
    ],
)
def test_what_is_asked_about_is_found_by_its_words(records: Records, about: str, best: str | None) -> None:
    for fact in ("my keys are in the drawer", "Ann's birthday is on 3 May", "the wifi password is open sesame"):
        records.remember(fact, MONDAY)
    found = records.facts(about, ignoring=words_of("en").open_words)
    assert [fact.text for fact in found[:1]] == ([best] if best else [])


def test_all_that_match_as_well_are_told(records: Records) -> None:
    for fact in ("Ann likes tea", "Ann likes jazz", "Bo likes tea and rain"):
        records.remember(fact, MONDAY)
    assert [fact.text for fact in records.facts("Ann")] == ["Ann likes tea", "Ann likes jazz"]
    assert records.facts("does Ann like tea")[0].text == "Ann likes tea"


def test_choices_are_kept_until_they_are_taken_back(records: Records) -> None:
    assert records.get("volume") is None
    records.put("volume", "40")
    records.put("volume", "50")
    assert records.get("volume") == "50"
    records.put("volume", None)
    assert records.get("volume") is None
