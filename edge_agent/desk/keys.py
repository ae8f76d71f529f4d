"""Keys: what a caller presses: the answer to what was asked, or a telephone number at any time."""

from __future__ import annotations

from dataclasses import replace

from edge_agent.desk.changing import resumed
from edge_agent.desk.conversation import CallState, Filled
from edge_agent.desk.premises import Premises
from edge_agent.desk.readers.phone import is_number, written
from edge_agent.desk.step import Step
from edge_agent.desk.turn import take

DATE = 8
"""A date of birth in keys has so many."""


def keyed(keys: str, conversation: CallState, premises: Premises) -> Step:
    """What comes of keys. Nothing is done yet."""
    asked, phrases, region = conversation.asked, premises.phrases, premises.region
    if asked == "confirm" and keys in ("1", "2"):
        return take(phrases.part("yes" if keys == "1" else "no"), conversation, premises)
    keys = "".join(key for key in keys if key.isdecimal())
    if keys in ("1", "2", "3") and (asked == "which" or int(keys) <= len(conversation.offers)):
        return take(phrases.part(f"offer_{keys}"), conversation, premises)
    digits = conversation.digits + keys
    if is_number(keys, region) or (asked == "phone" and is_number(digits, region)):
        number = written(keys if is_number(keys, region) else digits, region)
        after = replace(conversation.filled(phone=Filled(number, keys)), digits="", misses=0)
        return resumed(after, premises) if after.task else Step(phrases.say("got"), after)
    if asked == "phone":
        return Step(phrases.say("too_short", digits=" ".join(digits)), replace(conversation, digits=digits))
    own = premises.own(asked or "")
    if own and own.type in ("number", "date_of_birth", "phone", "text"):
        return take(keys if len(keys) != DATE else f"{keys[:2]} {keys[2:4]} {keys[4:]}", conversation, premises)
    if keys == "0":
        return take(phrases.part("a_person"), conversation, premises)
    return Step(phrases.say("keys_ignored"), conversation)
