"""Talking: how the conversation itself goes: stop, repeat, slower, volume."""

from __future__ import annotations

from datetime import datetime

from edge_agent.act.asked import Asked
from edge_agent.act.plan import AGAIN, Effect, Plan

STEP = 0.1
QUIETEST = 0.1
"""Below it nobody would hear that it is quiet; mute is another word."""
TEN = 10
"""Up to this a number alone is one of ten steps: "volume three"."""
SLOWER = 0.75
UNDONE = "undone"
"""What is done by taking a deed back."""
VOLUME, MUTED = "volume", "muted"
"""Names under which the records keep them: 0 to 1, and "yes"."""


def stop(asked: Asked) -> Plan | None:
    """Ends the answer, and whatever rings."""
    if asked.talk.ringing is None:
        is_timers = asked.talk.last_skill() == "timers" and not asked.talk.just_cut
        return None if is_timers and asked.understood.text.casefold() in asked.words["pauses"] else Plan("")
    kind = asked.talk.ringing.kind
    return Plan("", lambda: Effect("ringing_stopped", {"kind": kind}))


def go_on(asked: Asked) -> Plan | None:
    """Goes on with the answer that was interrupted, from the beginning of the sentence."""
    return Plan(asked.talk.rest) if asked.talk.rest else None


def repeat(asked: Asked) -> Plan | None:
    """Says the last answer again; said into an answer, the sentence under way, and goes on."""
    deed = asked.slot("deed")
    if deed == "rang":  # "what was it", behind what has rung
        return Plan(_again(asked), topic=AGAIN) if asked.talk.rung is not None else None
    if deed == "last":  # "what was that you've set", "did you say fifteen or fifty"
        last = asked.talk.deed_in_mind(asked.now)
        asked.ages.append(asked.talk.turn - last.turn if last else 0)
        return Plan(last.said, topic=AGAIN) if last and not asked.talk.is_llms else None
    return Plan(_again(asked), topic=AGAIN)


def take_back(asked: Asked) -> Plan | None:
    """Makes undone what was done last, whichever skill did it."""
    deed = asked.talk.deed_in_mind(asked.now)
    if asked.slot("rank") and (asked.talk.ringing is not None or asked.talk.just_cut):
        return stop(asked)
    if deed is None:
        return Plan(asked.say("nothing_to_undo"))
    back = deed.take_back
    if back is None:
        return Plan(asked.say("not_undone", said=deed.said))
    asked.ages.append(asked.talk.turn - deed.turn)

    def effect() -> Effect:
        back()
        asked.talk.taken_back()
        return Effect(UNDONE, {"what": [each.what for each in deed.effects]})

    return Plan(" ".join(undone(asked, each) for each in deed.effects), effect, topic=AGAIN)


def undone(asked: Asked, effect: Effect) -> str:
    """What is so again, or no more."""
    answers: dict[str, str] = asked.words["undone"]
    details = {name: _told(asked, value) for name, value in effect.details.items()}
    for name in (f"{effect.what}_instead", f"{effect.what}_named", effect.what):
        needed = {"instead": "instead", "named": "name"}.get(name.rpartition("_")[2], "")
        if name in answers and (not needed or details.get(needed)):
            return asked.say.of(answers[name], **details)
    return asked.say("undone")


def _told(asked: Asked, value: object) -> object:
    """A detail as it is said: a time, several things, a number."""
    if isinstance(value, list):
        return asked.spoken.listed([str(each) for each in value])
    try:
        return asked.spoken.moment(datetime.fromisoformat(str(value)), asked.now)
    except ValueError:
        return asked.say.to_you(str(value))


def slower(asked: Asked) -> Plan:
    """The same, more slowly."""
    return Plan(_again(asked), topic=AGAIN, pace=SLOWER)


def _again(asked: Asked) -> str:
    talk = asked.talk
    return (talk.rest if talk.just_cut else "") or talk.last_said or asked.say("nothing")


def volume_up(asked: Asked) -> Plan | None:
    """Speaks louder from now on."""
    if _is_elsewhere(asked):
        return None
    if volume(asked) >= 1:
        return Plan(asked.say("loudest"), topic="up")
    return _to(asked, min(1.0, volume(asked) + STEP), "up")


def _is_elsewhere(asked: Asked) -> bool:
    """Whether the words mean the volume only where the talk is of it: "up a bit"."""
    return bool(asked.slot("there")) and asked.topic not in ("up", "down", "to")


def volume_down(asked: Asked) -> Plan | None:
    """Speaks more quietly from now on."""
    if _is_elsewhere(asked):
        return None
    if volume(asked) <= QUIETEST:
        return Plan(asked.say("quietest"), topic="down")
    return _to(asked, max(QUIETEST, volume(asked) - STEP), "down")


def volume_more(asked: Asked) -> Plan | None:
    """Once more in the direction of the last change."""
    again = {"up": volume_up, "down": volume_down, "to": volume_up}.get(asked.topic)
    return again(asked) if again else None


def volume_to(asked: Asked) -> Plan | None:
    """Sets the volume to a percentage."""
    percent = asked.number()
    if percent is None:
        return None
    if 0 < percent <= TEN and not any(word in asked.understood.text for word in asked.words["percent"]):
        percent *= TEN
    if not 0 <= percent <= 100:
        return Plan(asked.say("range"))
    return mute(asked) if percent == 0 else _to(asked, percent / 100, "to")


def volume_its(asked: Asked) -> Plan | None:
    """Sets it to a number, where the talk is of the volume."""
    return volume_to(asked) if asked.topic in ("up", "down", "to") else None


def volume_now(asked: Asked) -> Plan:
    """Tells the volume."""
    return Plan(asked.say("volume", percent=round(volume(asked) * 100)), topic="to")


def mute(asked: Asked) -> Plan:
    """Speaks no more until it is unmuted."""

    def effect() -> Effect:
        asked.records.put(MUTED, "yes")
        return Effect("muted")

    return Plan(asked.say("muted"), effect)


def unmute(asked: Asked) -> Plan:
    """Speaks again."""

    def effect() -> Effect:
        asked.records.put(MUTED, None)
        return Effect("unmuted")

    return Plan(asked.say("unmuted"), effect)


def volume(asked: Asked) -> float:
    return float(asked.records.get(VOLUME) or 1.0)


def _to(asked: Asked, level: float, topic: str = "") -> Plan:
    percent = round(level * 100)

    def effect() -> Effect:
        asked.records.put(VOLUME, f"{level:.2f}")
        asked.records.put(MUTED, None)
        return Effect("volume_set", {"percent": percent})

    return Plan(asked.say("set", percent=percent), effect, topic=topic)


INTENTS = {
    "Stop": stop,
    "GoOn": go_on,
    "Repeat": repeat,
    "TakeBack": take_back,
    "Slower": slower,
    "VolumeUp": volume_up,
    "VolumeDown": volume_down,
    "VolumeMore": volume_more,
    "VolumeTo": volume_to,
    "VolumeIts": volume_its,
    "VolumeNow": volume_now,
    "Mute": mute,
    "Unmute": unmute,
}
