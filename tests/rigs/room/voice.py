"""Our own voice in a scene: a story, said once by whatever voice is installed."""

from __future__ import annotations

import numpy as np

from edge_agent.interfaces import Tts
from edge_agent.resample import resample
from edge_agent.types import HEAR_RATE_HZ, Samples

STORY = (
    "The fisherman had been out on the water since before sunrise, and the wind had begun to turn.",
    "He pulled in his nets one by one, and counted what little he had caught that morning.",
    "Far away a dark line of clouds was growing, and the gulls had all gone back to the shore.",
    "He remembered what his father had told him about storms that come from the west.",
    "So he turned the boat around, set the old brown sail, and began to row as hard as he could.",
    "The first drops of rain were warm and heavy, and the waves grew higher with every minute.",
    "When he finally saw the lighthouse he laughed out loud, for he knew that he was nearly home.",
    "His wife was waiting at the harbour with a lantern, and she did not say a single word.",
)
"""Some 36 s."""


def story(tts: Tts) -> list[Samples]:
    """Returns the sentences of STORY as sound at 16 kHz."""
    said = (np.concatenate([chunk.samples for chunk in tts.stream(text)]) for text in STORY)
    return [resample(sound, tts.rate_hz, HEAR_RATE_HZ) for sound in said]
