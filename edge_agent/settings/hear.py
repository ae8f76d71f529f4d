"""Hear: the settings of what is heard, from the name by which it is called to the end of an utterance."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from edge_agent.settings.group import Accelerator, Group
from edge_agent.settings.wake import WakeNames


class HearSettings(Group):
    language: str = Field(default="en", pattern=r"^([a-z]{2,3}|auto)$")
    """ISO 639-1 code, or "auto": Whisper detects it anew for each utterance."""
    threads: int = Field(default=0, ge=0, le=1024)
    """Threads of ASR; 0 = all cores of the process."""
    device: Accelerator | None = None
    """Where ASR runs, cpu or cuda; if not set, as `engines.device` says. See docs/gpu.md."""
    wake: WakeNames = ()
    """Names by which it is called, separated by commas: okay_nabu, hey_jarvis, alexa, hey_mycroft, the .json file of a
    microWakeWord model, or "phrase:computer" for words of your own. None, or "off": it answers whatever it hears. See
    docs/room.md."""
    wake_cutoff: float | None = Field(default=None, gt=0, lt=1)
    """Score at which a name counts as said; higher wakes less often by mistake. If not set, the best known for each."""
    follow_up_s: float = Field(default=6.0, ge=1, le=600)
    """Silence after which it has to be called again; twice as long after a question of its own."""
    far_db: float = Field(default=12, ge=0, le=60)
    """What is said until then without the name, and is so much quieter than what was said to it last, was said to
    somebody else; 0 = nothing is. Of 21 speakers with 3 to 10 recordings each none ranged over more than 6.5 dB, and
    across a living room the level falls by some 5 dB: it is who speaks in the next room."""
    only_enrolled: bool = False
    """Whether it answers only voices that it knows (`edge-agent voice enroll NAME`), and whoever says its name. A
    convenience and no security: one utterance in twenty passes for somebody else's, and a recording for its speaker."""
    vad_speech: float = Field(default=0.5, gt=0, lt=1)
    """VAD probability at which silence turns into speech (Silero's own default)."""
    vad_silence: float = Field(default=0.35, gt=0, lt=1)
    """... and below which speech turns into silence (Silero's default: 0.15 below the other)."""
    vad_falls: float = Field(default=0.7, ge=0, lt=1)
    """VAD probability below which speech may be about to end: what was said is looked at then, some 50 ms before the
    soft end (docs/decisions/0018); 0 = at the soft end."""
    onset_s: float = Field(default=0.1, ge=0.03, le=1)
    """Speech needed to begin a turn: four frames. Clicks are shorter, "no" is longer."""
    barge_in_s: float = Field(default=0.2, ge=0.03, le=3)
    """Speech at which an answer waits for what the user wants; it is silent after three quarters of it. A client of the
    server is told that it is interrupted: longer than `onset_s`, so that a cough does not cost the reply."""
    pause_after_s: float = Field(default=0.09, ge=0.03, le=3)
    """Speech at which an answer is heard more quietly, and as before if there is no more of it: whoever speaks is not
    talked over for as long as it takes to be sure. Three frames; four are 32 ms later."""
    resume_after_s: float = Field(default=0.5, ge=0, le=3)
    """Silence after which it is as before: longer than the breath within "Set ... a timer". (LiveKit's agents: 2 s.)
    Until then what is said adds up to `barge_in_s`."""
    backchannel_s: float = Field(default=2.0, ge=0, le=10)
    """Speech into an answer that may be a backchannel ("mhm", "okay", a laugh), for which the answer only waits; words
    that are none end that sooner. Of 25 laughs of 0.5 to 1.6 s two had 1.2 s of it. 0: all speech of `barge_in_s`
    interrupts."""
    preroll_s: float = Field(default=0.5, ge=0.5, le=3)
    """Sound kept from before the onset, so that the first word is never lost."""
    partial_s: float = Field(default=0.6, ge=0, le=10)
    """Speech between two looks at what has been said so far, which the LLM reads while the user speaks; 0 = none."""
    max_utterance_s: float = Field(default=120, ge=5, le=600)
    """A turn that goes on for longer is answered as it stands."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.vad_silence > self.vad_speech:
            raise ValueError("vad_silence must not be above vad_speech")
        return self
