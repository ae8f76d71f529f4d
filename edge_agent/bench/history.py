"""History: turns of a conversation that was never held, so that a bench can begin in the middle of one."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from edge_agent.act.act import Act
from edge_agent.agent.briefs import Briefs
from edge_agent.agent.ledger import Said
from edge_agent.bench.clips import Clip
from edge_agent.bench.play import Take, play_clip
from edge_agent.host.engines import Engines

EXCHANGES = (
    ("What can I cook with eggs and potatoes tonight?", "You could make a Spanish omelette with onions."),
    ("How long does it take?", "About half an hour, most of it for the potatoes."),
    ("Why is the sky blue?", "Air scatters blue light more than red light, so it reaches us from all sides."),
    ("And in the evening?", "The light takes a longer way through the air then, and the red is what remains of it."),
    ("Remind me to water the plants.", "I cannot set reminders yet, but I will gladly talk about plants."),
)
"""Exchanges as long as spoken turns are with a persona that asks for one or two short sentences."""


def past(turns: int) -> list[Said]:
    """What was said in turns 1 to `turns`. A longer past begins as a shorter one does."""
    entries = []
    for number, (question, answer) in zip(range(1, turns + 1), itertools.cycle(EXCHANGES), strict=False):
        entries += [Said(number, "user", question), Said(number, "agent", answer)]
    return entries


def player(
    engines: Engines, briefs: Callable[[], Briefs], turns: int = 0, act: Act | None = None
) -> Callable[[Clip], Take]:
    """Plays each clip in a conversation of its own; or, after `turns` turns, all of them in one that goes on.

    Then the context fills up from clip to clip, and where it is full, old turns are dropped as they are in use.
    """
    if not turns:
        return lambda clip: play_clip(clip, engines, briefs(), act=act)
    numbers, one = itertools.count(turns), briefs()
    engines.writer.prepare(one.brief(turns + 1, "", past(turns - 1)), lambda: True)  # as the turn before leaves it
    return lambda clip: play_clip(clip, engines, one, past(next(numbers)), act)
