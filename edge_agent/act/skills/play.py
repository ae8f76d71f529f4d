"""Play: spelling, coins, dice, numbers by chance, and jokes."""

from __future__ import annotations

from edge_agent.act.asked import Asked
from edge_agent.act.plan import Plan

MOST_WORDS = 4
MOST_DICE = 10
MOST_SIDES = 1000


def spell(asked: Asked) -> Plan | None:
    """Spells a word."""
    text = asked.slot("text").removeprefix("the word ")
    if not text or len(text.split()) > MOST_WORDS:
        return None
    words = [". ".join(letter.upper() for letter in word if letter.isalnum()) for word in text.split()]
    return Plan(asked.say("spelled", text=text, letters=", ".join(words)), topic="spell")


def spell_more(asked: Asked) -> Plan | None:
    """Spells another word, right behind one."""
    is_word = asked.is_fresh and asked.topic == "spell" and asked.slot("text").isalpha()
    return spell(asked) if is_word and len(asked.slot("text")) > 1 else None


def coin(asked: Asked) -> Plan:
    """Flips a coin."""
    return Plan(asked.say("heads" if asked.chance(0, 1) else "tails"), topic="coin")


def die(asked: Asked) -> Plan | None:
    """Rolls a die, or some."""
    many = asked.number() if asked.slot("number") else 1
    if many is None or not 1 <= many <= MOST_DICE or many != int(many):
        return None
    sides = asked.number("sides") if asked.slot("sides") else 6
    if sides is None or not 2 <= sides <= MOST_SIDES or sides != int(sides):
        return None
    numbers = [asked.chance(1, int(sides)) for _ in range(int(many))]
    topic = f"die|{int(many)}"
    if len(numbers) == 1:
        return Plan(asked.say("die", number=numbers[0]), topic=topic)
    told = asked.spoken.listed([str(each) for each in numbers])
    return Plan(asked.say("dice", numbers=told, total=sum(numbers)), topic=topic)


def choose(asked: Asked) -> Plan | None:
    """Picks one of two things."""
    two = asked.slot("from"), asked.slot("to")
    if any(
        asked.number(name) is not None or not 0 < len(asked.slot(name).split()) <= MOST_WORDS for name in ("from", "to")
    ):
        return None
    return Plan(asked.say("choice", one=two[asked.chance(0, 1)]))


def again(asked: Asked) -> Plan | None:
    """Flips, rolls or picks once more, where that was done last."""
    before = asked.unbroken()
    kind, _, of = (before.topic if before else "").partition("|")
    if kind == "coin":
        return coin(asked)
    if kind == "die":
        return die(asked.with_slots(number=of))
    first, _, last = of.partition("|")
    return number_between(asked.with_slots(**{"from": first, "to": last})) if kind == "number" else None


def number_between(asked: Asked) -> Plan:
    """Picks a whole number between two, one and a hundred if none are named."""
    if asked.slot("to") and not asked.slot("from"):
        asked = asked.with_slots(**{"from": "1"})
    if not asked.slot("from"):
        return Plan(asked.say("number", number=asked.chance(1, 100)), topic="number")
    first, last = asked.number("from"), asked.number("to")
    if first is None or last is None or first != int(first) or last != int(last):
        return Plan(asked.say("which"))
    low, high = sorted((int(first), int(last)))
    return Plan(asked.say("number", number=asked.chance(low, high)), topic=f"number|{low}|{high}")


def joke(asked: Asked) -> Plan | None:
    """Tells a joke, and then the next."""
    last = asked.unbroken()
    before = last.topic if last and last.topic.isdecimal() else ""
    if asked.slot("more") and not before:
        return None
    jokes = asked.words["jokes"]
    at = (int(before) + 1) % len(jokes) if before else asked.chance(0, len(jokes) - 1)
    return Plan(jokes[at], topic=str(at))


INTENTS = {
    "Spell": spell,
    "SpellMore": spell_more,
    "Coin": coin,
    "Die": die,
    "AgainPlayed": again,
    "Choose": choose,
    "NumberBetween": number_between,
    "Joke": joke,
}
