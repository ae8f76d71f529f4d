"""Lists: shopping, to do, and any other name."""

from __future__ import annotations

import re
from dataclasses import replace

from edge_agent.act.asked import Asked
from edge_agent.act.plan import Effect, Plan, Question
from edge_agent.act.skills.which_list import (
    is_list,
    item_alike,
    items_said,
    list_holding,
    list_name,
    list_talked_of,
    named_or_talked_of,
    standard_lists,
)
from edge_agent.act.times import find

LONGEST_ITEM = 6
"""Words of a thing that is bought."""
MOST_WORDS = 4
"""Words of what is added without a word of a list: "and sugar too"."""


def add_to_list(asked: Asked) -> Plan | None:
    """Adds one or more items to a list."""
    name, items = list_name(asked), items_said(asked)
    words = set(asked.slot("item").casefold().split())
    told = asked.slot("named") and asked.slot("item").casefold().split()[0] in asked.words["definite"]
    if told or (asked.slot("bare") and words & {*asked.words["no_items"], "add"}):  # "the prices on the shopping"
        return None
    if not is_list(asked) or "list" in words:  # two commands in one are none here
        return None
    if re.match(asked.words["never_items"], asked.slot("item"), re.IGNORECASE):
        return None
    if "list" not in asked.understood.text.casefold() and any(len(item.split()) > LONGEST_ITEM for item in items):
        return None
    if asked.slot("alone"):  # "add bananas": to the list of which the talk is, or the usual one
        last = list_talked_of(asked)
        name, longest = last or name, max((len(item.split()) for item in items), default=0)
        if (
            (longest if last else len(words)) > MOST_WORDS
            or words & set(asked.words["no_items"])
            or any(each.isdigit() for each in asked.slot("item"))
            or any(found.when for found in find(asked.slot("item"), asked.now))
            or re.search(asked.words["meetings"], asked.slot("item"), re.IGNORECASE)
        ):
            return None
    if set(items) <= set(asked.words["pronouns"]) and (wish := _wished(asked)):
        return add_to_list(asked.with_slots(item=wish))
    if not items or set(items) <= {*asked.words["pronouns"]} or re.fullmatch(asked.words["measure"], items[0]):
        return asked.ask(asked.say("what"), "item")
    if items == asked.words["nothing"]:
        return None
    there = {item.casefold() for item in asked.records.items(name)}
    new = [item for item in items if item.casefold() not in there]
    if not new:
        return Plan(asked.say("there", items=asked.spoken.listed(items), list=name), topic=name)

    def effect() -> Effect:
        asked.records.add_items(name, new)
        return Effect("items_added", {"list": name, "items": new})

    return Plan(asked.say("added", items=asked.spoken.listed(new), list=name), effect, topic=name)


def _wished(asked: Asked) -> str:
    """What was wished for just now, and refused: the milk of "text my husband to get milk"."""
    refused = asked.talk.of("about", asked.now)
    found = re.search(asked.words["wished"], asked.talk.last_heard, re.IGNORECASE)
    return found["thing"].strip() if found and refused and asked.talk.is_last(refused) else ""


def remove_from_it(asked: Asked) -> Plan | None:
    """Takes items off the list of which the talk is."""
    name = asked.slot("list") or list_talked_of(asked)
    if name is None:
        return None
    there = asked.records.items(name)
    if not asked.slot("item"):  # "tick it off"
        if len(there) != 1:
            return asked.with_slots(list=name).ask(asked.say("which", items=asked.spoken.listed(there)), "item")
        asked = asked.with_slots(item=there[0])
    elif not any(item_alike(item, {each.casefold(): each for each in there}) for item in items_said(asked)):
        other = list_holding(asked, items_said(asked))
        held = {each.casefold(): each for each in asked.records.items(other)}
        name = other if any(item_alike(item, held) for item in items_said(asked)) else name
    if asked.slot("why") and not re.fullmatch(asked.words["clause"], asked.slot("thing"), re.IGNORECASE):
        return None
    return remove_from_list(asked.with_slots(list=name))


def read_it(asked: Asked) -> Plan | None:
    """Reads the list of which the talk is."""
    name = list_talked_of(asked)
    return read_list(asked.with_slots(list=name)) if name else None


def remove_from_list(asked: Asked) -> Plan | None:
    """Takes items off a list."""
    items = items_said(asked)
    name = list_name(asked) if asked.slot("list") else list_holding(asked, items)
    is_other = set(items) <= set(asked.words["pronouns"]) or {"take", "actually"} & set(asked.slot("item").split())
    if not is_list(asked) or (is_other and not asked.slot("list")):
        return None
    there = {item.casefold(): item for item in asked.records.items(name)}
    found = [there[found] for item in items if (found := item_alike(item, there))]
    if not found:
        if asked.slot("known") or (not asked.slot("list") and not there):
            return None  # "I got it" is no talk of lists
        is_long = any(len(item.split()) > MOST_WORDS for item in items)
        return Plan(asked.say("not_there", items=asked.spoken.listed(items), list=name), vague=is_long)

    def effect() -> Effect:
        for item in found:
            asked.records.remove_item(name, item)
        return Effect("items_removed", {"list": name, "items": found})

    return Plan(asked.say("removed", items=asked.spoken.listed(found), list=name), effect, topic=name)


def read_list(asked: Asked) -> Plan | None:
    """Reads a list out."""
    if not is_list(asked):
        return None
    name = named_or_talked_of(asked)
    items = asked.records.items(name)
    if asked.slot("filled") and not items:  # "anything left to do": in the calendar, maybe
        return None
    if items and set(asked.understood.text.casefold().split()) & set(asked.words["counting"]):
        answer = "counted" if len(items) > 1 else "counted_one"
        return Plan(asked.say(answer, number=len(items), items=asked.spoken.listed(items), list=name), topic=name)
    if items:
        return Plan(asked.say("read", items=asked.spoken.listed(items), list=name), topic=name)
    known = name in asked.records.lists() or name in standard_lists(asked)
    return Plan(asked.say("empty" if known else "no_list", list=name), topic=name)


def is_on_list(asked: Asked) -> Plan:
    """Tells whether something is on a list."""
    name = named_or_talked_of(asked)
    item = asked.slot("item").removeprefix("any ").removeprefix("the ")
    found = item_alike(item, {each.casefold(): each for each in asked.records.items(name)})
    return Plan(asked.say("is_there" if found else "not_there", items=item, list=name), topic=name)


def clear_list(asked: Asked) -> Plan | None:
    """Takes everything off a list."""
    if asked.understood.text.casefold().endswith(tuple(asked.words["pronouns"])) and not asked.before():
        return None
    name = named_or_talked_of(asked)
    items = asked.records.items(name)
    if not items:
        return Plan(asked.say("empty", list=name))

    def effect() -> Effect:
        asked.records.clear_list(name)
        return Effect("list_cleared", {"list": name, "items": items})

    return Plan(asked.say("cleared", list=name, count=_things(asked, len(items))), effect, topic=name)


def delete_list(asked: Asked) -> Plan:
    """Deletes a list, after a yes if there is something on it."""
    name = list_name(asked)
    items = asked.records.items(name)
    if name not in asked.records.lists():
        return Plan(asked.say("no_list", list=name))
    if items and asked.confirmed is None:
        return asked.ask(asked.say("confirm_delete", list=name, count=_things(asked, len(items))), "yes")
    if asked.confirmed is False:
        return Plan(asked.say("read", items=asked.spoken.listed(items), list=name))

    def effect() -> Effect:
        asked.records.remove_list(name)
        return Effect("list_deleted", {"list": name, "items": items})

    return Plan(asked.say("deleted", list=name), effect)


def delete_lists(asked: Asked) -> Plan:
    """Deletes all lists, after a yes."""
    names = asked.records.lists()
    if not names:
        return Plan(asked.say("no_lists"))
    if len(names) == 1:
        return delete_list(asked.with_slots(list=names[0]))
    if asked.confirmed is None:
        return asked.ask(asked.say("confirm_delete_all", count=len(names), items=asked.spoken.listed(names)), "yes")
    if asked.confirmed is False:
        return Plan(asked.say("kept"))

    def effect() -> Effect:
        for name in names:
            asked.records.remove_list(name)
        return Effect("lists_deleted", {"lists": names})

    return Plan(asked.say("all_deleted", count=len(names)), effect)


def remove_last(asked: Asked) -> Plan | None:
    """Takes the last item off a list."""
    name = named_or_talked_of(asked)
    items = asked.records.items(name)
    return remove_from_list(asked.with_slots(list=name, item=items[-1])) if items else read_list(asked)


def make_list(asked: Asked) -> Plan:
    """Makes a list."""
    if not asked.slot("list"):
        return asked.ask(asked.say("called"), "list")
    name = list_name(asked)
    if name in asked.records.lists():
        return Plan(asked.say("exists", list=name))

    def effect() -> Effect:
        asked.records.add_items(name, [])
        return Effect("list_made", {"list": name})

    adding = replace(asked.understood, intent="AddToList", slots={"list": f"{name} list"})
    question = Question("AddToList", "item", {"asked": replace(asked, understood=adding)})
    return Plan(asked.say("made", list=name), effect, question, topic=name)


def which_lists(asked: Asked) -> Plan:
    """Tells which lists there are."""
    names = asked.records.lists()
    return Plan(asked.say("lists", items=asked.spoken.listed(names)) if names else asked.say("no_lists"))


def _things(asked: Asked, number: int) -> str:
    words = asked.words["answers"]["things"]
    return str(words["one"] if number == 1 else words["many"].format(number=number))


INTENTS = {
    "AddToList": add_to_list,
    "NoteToDo": add_to_list,
    "RemoveFromIt": remove_from_it,
    "RemoveFromList": remove_from_list,
    "ReadList": read_list,
    "ReadIt": read_it,
    "IsOnList": is_on_list,
    "ClearList": clear_list,
    "DeleteList": delete_list,
    "DeleteLists": delete_lists,
    "RemoveLast": remove_last,
    "MakeList": make_list,
    "WhichLists": which_lists,
}
