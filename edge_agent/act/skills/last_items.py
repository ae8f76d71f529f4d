"""What was just put on a list: more behind it, taken back, or another thing in its place."""

from __future__ import annotations

import re

from edge_agent.act.asked import Asked
from edge_agent.act.plan import Effect, Plan
from edge_agent.act.skills.lists import LONGEST_ITEM, MOST_WORDS, add_to_list
from edge_agent.act.skills.which_list import item_alike, items_said, list_holding, list_name, list_talked_of
from edge_agent.act.times import find, resolve


def add_more(asked: Asked) -> Plan | None:
    """Adds to the list to which something was just added."""
    done, words = asked.just("items_added"), asked.slot("item").casefold().split()
    longest = max((len(item.split()) for item in items_said(asked)), default=0)
    if find(asked.slot("item"), asked.now) or resolve(asked.slot("item"), asked.now):  # "and seven thirty instead"
        return None
    if asked.slot("there"):  # "stick post the parcel on there"
        name = list_talked_of(asked)
        is_item = 0 < longest <= LONGEST_ITEM and not set(words) & set(asked.words["no_items"])
        return add_to_list(asked.with_slots(list=name)) if name and is_item else None
    if done is None or not 0 < longest <= MOST_WORDS or set(words) & set(asked.words["no_items"]):
        return None
    return add_to_list(asked.with_slots(list=done["list"]))


def change_last_item(asked: Asked) -> Plan | None:
    """Puts another item in place of the one that was just added; of one that was taken off, takes off the other."""
    done, new = asked.just("items_added") or asked.just("items_removed"), items_said(asked)
    if set(asked.slot("item").casefold().split()) & set(asked.words["no_items"]):
        return None
    if len(new) != 1 or len(new[0].split()) > MOST_WORDS + 1:
        return None
    if other := _amount_changed(asked, new[0]):
        return other
    if done is None or len(done["items"]) != 1:
        return _same_unit_changed(asked, new[0])
    if not (asked.is_fresh or re.fullmatch(asked.words["amount"], new[0], re.IGNORECASE)):
        return None  # "make it shorter" is said of an answer
    name, (old,) = done["list"], done["items"]
    new = _of(asked, new[0], old)
    if not new:
        return None
    if asked.just("items_removed"):
        return _taken_instead(asked, name, old, new[0])
    return _in_place(asked, name, old, new)


def _amount_changed(asked: Asked, new: str) -> Plan | None:
    """Another amount of what is on the list of which the talk is: "make that two bags of flour"."""
    name, amount = (
        list_talked_of(asked),
        re.match(rf"{asked.words['amount']}(?: of)? (?P<thing>.+)", new, re.IGNORECASE),
    )
    if name is None or amount is None or re.fullmatch(asked.words["amount"], new, re.IGNORECASE):
        return None
    there = {each.casefold(): each for each in asked.records.items(name)}
    found = item_alike(amount["thing"], there)
    return _in_place(asked, name, there[found], [new]) if found else None


def _same_unit_changed(asked: Asked, new: str) -> Plan | None:
    """Another amount of the only thing on the list that comes in tins: "make it three tins"."""
    name, amount = list_talked_of(asked), re.fullmatch(asked.words["amount"], new, re.IGNORECASE)
    if name is None or amount is None or not amount["unit"]:
        return None
    found = [(each, re.match(asked.words["amount"], each, re.IGNORECASE)) for each in asked.records.items(name)]
    unit = amount["unit"].casefold().rstrip("s")
    alike = [each for each, of in found if of and (of["unit"] or "").casefold().rstrip("s") == unit]
    return _in_place(asked, name, alike[0], _of(asked, new, alike[0])) if len(alike) == 1 else None


def change_amount(asked: Asked) -> Plan | None:
    """Another amount of a thing that is named, in the unit that it has: "make the mushrooms 400"."""
    name, words = list_talked_of(asked), asked.slot("item").split()
    if name is None or len(words) < 2:
        return None
    there = {each.casefold(): each for each in asked.records.items(name)}
    for many in (2, 1):
        thing, new = " ".join(words[:-many]), " ".join(words[-many:])
        amount, found = re.fullmatch(asked.words["amount"], new, re.IGNORECASE), thing and item_alike(thing, there)
        if amount is None or not found:
            continue
        old = re.match(rf"{asked.words['amount']} of ", there[found], re.IGNORECASE)
        if old and old["unit"] and not amount["unit"]:
            new += f" {old['unit']}"
        return _in_place(asked, name, there[found], _of(asked, new, there[found]) or [f"{new} {thing}"])
    return None


def amount_of_last(asked: Asked) -> Plan | None:
    """The amount of the one thing that was just added: "two pints"."""
    done = asked.just("items_added") if asked.is_fresh else None
    said = re.search(rf"{asked.words['amount']}$", asked.understood.text, re.IGNORECASE)
    return change_last_item(asked.with_slots(item=said[0])) if done and said and len(done["items"]) == 1 else None


def put_back_as(asked: Asked) -> Plan | None:
    """Another thing in place of the one that was taken off, for the same person: "put it back but make it gin"."""
    done, new = asked.just("items_removed"), items_said(asked)
    if done is None or len(done["items"]) != 1 or len(new) != 1 or len(new[0].split()) > MOST_WORDS:
        return None
    whom = re.search(asked.words["whom"], done["items"][0], re.IGNORECASE)
    return add_to_list(asked.with_slots(list=done["list"], item=new[0] + (whom[0] if whom else "")))


def read_for(asked: Asked) -> Plan | None:
    """What is on the list for somebody: "what's Toby getting"."""
    name, who = list_talked_of(asked), asked.slot("item").casefold()
    whom = asked.words["whom"]
    items = asked.records.items(name) if name else []
    found = [each for each in items if (of := re.search(whom, each, re.IGNORECASE)) and who in of[0].casefold().split()]
    return Plan(asked.say("read", items=asked.spoken.listed(found), list=name), topic=name or "") if found else None


def replace_item(asked: Asked) -> Plan | None:
    """Puts one item in place of another that is on a list."""
    old, new = items_said(asked), items_said(asked.with_slots(item=asked.slot("to")))
    name = list_name(asked) if asked.slot("list") else list_holding(asked, old)
    there = {each.casefold(): each for each in asked.records.items(name)}
    found = item_alike(old[0], there) if len(old) == 1 and new else None
    return _in_place(asked, name, there[found], _of(asked, new[0], there[found]) or new) if found else None


def _of(asked: Asked, new: str, old: str) -> list[str]:
    """One item in place of another: "one litre" is of what the other is of, "twelve" are as many; none, where a number
    is of nothing that is counted."""
    words, amount = asked.words, re.fullmatch(asked.words["amount"], new, re.IGNORECASE)
    if amount is None:
        return [new]
    of = re.match(rf"{words['amount']}(?: of)? (?P<thing>.+)", old, re.IGNORECASE)
    thing = of["thing"] if of else old
    if not amount["unit"]:
        return [f"{new} {thing}"] if of or old.endswith("s") else []
    return [f"{new} {thing}" if amount["unit"] == words["of_nothing"] else f"{new} of {thing}"]


def _in_place(asked: Asked, name: str, old: str, new: list[str]) -> Plan:
    def effect() -> Effect:
        asked.records.remove_item(name, old)
        asked.records.add_items(name, new)
        return Effect("items_added", {"list": name, "items": new, "instead": old})

    return Plan(asked.say("changed", new=asked.spoken.listed(new), old=old, list=name), effect, topic=name)


def _taken_instead(asked: Asked, name: str, back: str, item: str) -> Plan:
    there = {each.casefold(): each for each in asked.records.items(name)}
    found = item_alike(item, there)
    if found is None:
        return Plan(asked.say("not_there", items=item, list=name), topic=name)

    def effect() -> Effect:
        asked.records.add_items(name, [back])
        asked.records.remove_item(name, there[found])
        return Effect("items_removed", {"list": name, "items": [there[found]], "instead": back})

    return Plan(asked.say("removed_instead", items=there[found], back=back, list=name), effect, topic=name)


INTENTS = {
    "AddMore": add_more,
    "ChangeLastItem": change_last_item,
    "ChangeAmount": change_amount,
    "AmountOfLast": amount_of_last,
    "PutBackAs": put_back_as,
    "ReadFor": read_for,
    "ReplaceItem": replace_item,
}
