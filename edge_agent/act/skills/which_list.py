"""The list that is meant, and what of it: by its name, or by what the talk is of."""

from __future__ import annotations

import re
from typing import Any

from edge_agent.act.asked import Asked

_JOINT = "\x01"
"""Stands between the words of one thing while others are told apart."""
_ARTICLES = r"some (?:of (?:that|those|the|these)|more)|some|any|an|the|a(?! (?:dozen|few|couple|bit|lot|pair|half)\b)"


def list_talked_of(asked: Asked) -> str | None:
    """The list that was just changed or read; None: the talk is not of lists."""
    found = asked.near("lists")
    return found.topic or None if found else None


def named_or_talked_of(asked: Asked) -> str:
    """The list that is named, else the one of which the talk is, else the usual one."""
    return list_name(asked) if asked.slot("list") else list_talked_of(asked) or list_name(asked)


def list_name(asked: Asked) -> str:
    """The name of the list that is meant, in small letters, one for each of those that people call alike."""
    from rapidfuzz import process
    from rapidfuzz.fuzz import ratio

    said = asked.slot("list").casefold().removeprefix("my ").removeprefix("the ").removesuffix(" list").strip()
    said = re.sub(asked.words["before_name"], "", said)
    said = "" if said in ("my", "the", "our", "a") else said
    names = asked.words["names"]
    if not said:
        return str(names["default"])
    if said in names["shopping"]:
        return "shopping"
    if said in names["to_do"]:
        return "to-do"
    known = asked.records.lists()
    alike = [name for name in known if set(said.split()) < set(name.split())] if said not in known else []
    if len(alike) == 1:
        return alike[0]  # "the camping list" is that of the camping trip
    best = process.extractOne(said, [*known, *standard_lists(asked)], scorer=ratio, score_cutoff=88)
    return best[0] if best else said


def is_list(asked: Asked) -> bool:
    """Whether a list is meant: one of that name is there, or "list" was said: "pop round to the shop" names none."""
    said, names = asked.slot("list"), asked.words["names"]
    words = asked.understood.text.casefold().replace("'s", "").split()
    is_known = list_name(asked) in (*asked.records.lists(), *standard_lists(asked)) or said in names["to_do"]
    return not said or is_known or "list" in words or said.endswith(" list")


def list_holding(asked: Asked, items: list[str]) -> str:
    """The list of which the talk is, or the first that has one of the items; else the usual one."""
    usual = list_name(asked)
    for name in (list_talked_of(asked) or usual, usual, *asked.records.lists()):
        there = {each.casefold(): each for each in asked.records.items(name)}
        if any(item_alike(item, there) for item in items):
            return name
    return usual


def standard_lists(asked: Asked) -> tuple[str, ...]:
    return (str(asked.words["names"]["default"]), "to-do")


def items_said(asked: Asked) -> list[str]:
    """The things that were named, one each; some names hold an "and"."""
    said = re.sub(rf"^(?:{_ARTICLES}|more)\s+", "", asked.slot("item"), flags=re.IGNORECASE)
    said = re.sub(asked.words["before_items"], "", said, flags=re.IGNORECASE)
    said = re.sub(asked.words["behind_items"], "", said, flags=re.IGNORECASE)
    said = re.sub(asked.words["for_each"], r"\1, ", said, flags=re.IGNORECASE)
    kept = {f"\x00{at}": name for at, name in enumerate(asked.words["together"])}
    for mark, name in kept.items():
        said = re.sub(re.escape(name), mark, said, flags=re.IGNORECASE)
    parts = re.split("|".join(asked.words["separators"]), said, flags=re.IGNORECASE)
    items = [re.sub(rf"^(?:{_ARTICLES})\s+", "", part.strip(" .,"), flags=re.IGNORECASE) for part in parts]
    items = [each for item in items for each in _apart(item, asked)]
    return list(dict.fromkeys(kept.get(item, item) for item in items if item and item not in ("something", "an item")))


def _apart(item: str, asked: Asked) -> list[str]:
    """The things of "milk eggs 500 grams of onions a tin of beans", which the ASR writes without a comma; "cream
    cheese" is one, and what is to do is."""
    words, things = asked.words, list[str]()
    if list_name(asked) == "to-do":
        return [item]
    for pair in words["pairs"]:
        item = re.sub(rf"\b{pair}\b", pair.replace(" ", _JOINT), item, flags=re.IGNORECASE)
    for word in item.split():
        last, this = (things[-1].rpartition(" ")[2].casefold() if things else ""), word.casefold()
        is_one = f"{last} {this}" in words["compounds"] or f"{last} {this}" == item.casefold() in words["only_alone"]
        if things and (is_one or not _begins(words, last, this)):
            things[-1] += f" {word}"
        else:
            things.append(word)
    things = [thing.replace(_JOINT, " ") for thing in things]
    return [re.sub(rf"^(?:{_ARTICLES})\s+", "", thing, flags=re.IGNORECASE) for thing in things]


def _begins(words: Any, last: str, this: str) -> bool:
    """Whether a thing begins with `this`: behind what is a thing alone, behind several, or with how many there are."""
    is_many = re.fullmatch(words["many"], last) is not None and last not in words["not_many"]
    is_amount = re.fullmatch(words["amount"], this) is not None or this in words["some"]
    if last in words["goes_on"] or (this in words["goes_on"] and not is_amount):
        return False
    one, other = (_JOINT in each or each in words["single"] for each in (last, this))
    return (one and other) or is_many or (is_amount and not last.isdigit())


def item_alike(item: str, there: dict[str, str]) -> str | None:
    from rapidfuzz import process
    from rapidfuzz.fuzz import ratio

    if item.casefold() in there:
        return item.casefold()
    whose = item.casefold().removesuffix("'s")  # grandad's is the whisky for grandad
    if len(holding := [each for each in there if whose in re.findall(r"\w+", each)]) == 1:
        return holding[0]  # the cheese of "some of that nice cheese"
    best = process.extractOne(item.casefold(), list(there), scorer=ratio, score_cutoff=80)
    return best[0] if best else None
