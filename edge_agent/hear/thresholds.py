"""Thresholds: when the ears decide."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Thresholds say when the ears decide. The reasons for the values stand beside the settings, in settings.py."""

    speech: float
    """VAD probability at which a frame is speech ..."""
    silence: float
    """... and below which it is silence; between the two it is what the last one was."""
    onset_s: float
    barge_in_s: float
    pause_after_s: float
    resume_after_s: float
    preroll_s: float
    soft_end_s: float
    rescore_s: float
    max_drafts: int
    max_utterance_s: float
    falls: float = 0.0
    """VAD probability below which speech may be about to end; 0: only silence is looked at."""
    partial_s: float = 0.0
    """Speech between two looks at what has been said so far; 0 = none."""
