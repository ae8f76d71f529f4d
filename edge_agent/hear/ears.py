"""Ears: frames in, hearings out. Decides when the user has begun, has probably finished, and has finished.

Time is counted in frames of the line; nothing here asks a clock. The engines are handed in, so that a test can script
them (tests/rigs/fakes/).
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator

import numpy as np

from edge_agent.errors import EngineError
from edge_agent.floor import ALONE, Meanwhile, Yields
from edge_agent.hear import own_voice
from edge_agent.hear.endpoint import HoldPolicy, Scoring
from edge_agent.hear.finality import Signs, probability
from edge_agent.hear.passes import Passes
from edge_agent.hear.thresholds import Thresholds
from edge_agent.interfaces import Asr, Endpoint, Transcript, Vad
from edge_agent.types import (
    HEAR_FRAME,
    HEAR_RATE_HZ,
    AudioFrame,
    Draft,
    EndedBy,
    Finished,
    Heard,
    Hearing,
    Onset,
    Partial,
    Rejected,
    Resumed,
    Samples,
)

log = logging.getLogger(__name__)

FRAME_S = HEAR_FRAME / HEAR_RATE_HZ
PARTIAL_SHARE = 5
"""A partial takes at most a fifth of the time: so often the end of speech falls into one, and waits for it."""
PARTIAL_UNTIL_S = 25.0
"""A longer pass is one of several pieces (Whisper's 30 s), and costs seconds."""
SETTLES_S = 0.3
"""A pause after which what was said before it is final: no word has so long a silence in it."""
BREATH_S = 0.1
"""A shorter pause is one within a word, or a frame that the VAD was not sure of."""
FAILED_HOLD_S = 0.8
"""Silence that ends a turn whose words could not be made out: so the user knows it within a second."""


class Ears:
    """One listener on one line. Not thread-safe: the hear thread owns it.

    What fails without need costs nothing: words heard ahead are missing, or the pauses decide alone. Only a turn whose
    words are not known at its end is lost: `hear` raises EngineError then, once, and is to be followed by `abandon`.
    """

    def __init__(self, vad: Vad, endpoint: Endpoint, asr: Asr, thresholds: Thresholds, hold: HoldPolicy) -> None:
        self._vad, self._endpoint, self._passes = vad, Scoring(endpoint), Passes(asr)
        self._at = thresholds
        self._hold = hold
        self._hurried = self._settled = False
        self._frames: deque[AudioFrame] = deque()
        self._rest()

    @property
    def busy(self) -> bool:
        """Whether somebody is speaking or may go on."""
        return self._listening

    @property
    def yields(self) -> Yields:
        """What the answer does: it is to wait while somebody may be about to interrupt it."""
        return "silent" if self._patience else "no"

    @property
    def suspected_s(self) -> float:
        """Speech that may become an interruption; 0 once a pause has followed it that is longer than BREATH_S."""
        paused = 0 if self._loud else _frames(self._at.resume_after_s) - self._patience
        return self._run * FRAME_S if self._patience and paused * FRAME_S <= BREATH_S else 0.0

    @property
    def voiced_s(self) -> float:
        """Speech of this turn so far."""
        return self._voiced * FRAME_S

    @property
    def silent_s(self) -> float:
        """Silence since."""
        return self._silent * FRAME_S

    @property
    def sound(self) -> Samples:
        """All of it, and some from before."""
        return np.concatenate([frame.samples for frame in self._frames])

    @property
    def said(self) -> Transcript | None:
        """What was said before this silence, once that is known."""
        return self._transcript

    def _rest(self) -> None:
        self._listening = False
        self._loud = False
        self._run = 0
        """Frames of speech in a row, while nobody is known to speak; within a pause of the answer, in all."""
        self._began_s = 0.0
        """The time at which the first of them began."""
        self._patience = 0
        """Frames of silence after which the paused answer goes on."""
        self._voiced = 0
        self._silent = 0
        self._drafts = 0
        self._onset_s = 0.0
        self._scores: list[float] = []
        """The scores of this silence."""
        self._pauses: list[float] = []
        """Silences of this turn, in seconds."""
        self._transcript: Transcript | None = None
        """The transcript of this silence."""
        self._failure: EngineError | None = None
        """Why there is none."""
        self._reads_along = True
        """True until the ASR has failed on a part of this turn."""
        self._passes.begin()

    def abandon(self) -> None:
        """Forget what was being said and listen for the next onset."""
        self._rest()
        self._frames.clear()
        self._vad.reset()

    def hear(self, frame: AudioFrame, meanwhile: Meanwhile = ALONE) -> Iterator[Hearing]:
        """Take the next 512 samples. While the agent is being heard speech means barge-in."""
        self._hurried, self._settled = meanwhile.hurried, meanwhile.settled
        p = self._vad.probability(frame.samples)
        self._loud = self._is_loud(frame, p)
        self._frames.append(frame)
        if self._listening:
            yield from self._follow(frame)
        else:
            yield from self._watch(frame, bool(meanwhile.speaking))

    def _is_loud(self, frame: AudioFrame, p: float) -> bool:
        """Whether somebody speaks in this frame, with probability `p`."""
        at = self._at.silence if self._loud else self._at.speech
        if not own_voice.sounds(frame):
            return p >= at
        return p >= max(at, own_voice.SPEECH * (not self._loud)) and own_voice.stands_out(frame)

    def _watch(self, frame: AudioFrame, answering: bool) -> Iterator[Hearing]:
        self._count(frame, answering)
        if self._run * FRAME_S >= (self._at.barge_in_s if answering else self._at.onset_s):
            self._listening = True
            self._patience = 0
            self._voiced = self._run
            self._onset_s = self._began_s
            yield Onset(at_s=self._onset_s)
            return
        spoken_s = frame.end_s - self._began_s if self._run else 0.0
        keep_s = self._at.preroll_s + max(self._at.barge_in_s, self._at.onset_s, spoken_s)
        while len(self._frames) * FRAME_S > keep_s:
            self._frames.popleft()

    def _count(self, frame: AudioFrame, answering: bool) -> None:
        """Somebody who says "Set", breathes, and says "a timer" is neither talked over in between nor heard by halves.

        All silence within a pause counts, so that no flickering noise holds an answer up for longer.
        """
        if not answering:
            self._patience = 0
        if self._loud:
            if not self._run:
                self._began_s = frame.end_s - FRAME_S
            self._run += 1
            if answering and not self._patience and self._run * FRAME_S >= self._at.pause_after_s:
                self._patience = _frames(self._at.resume_after_s)
        elif self._patience > 1:
            self._patience -= 1
        else:
            self._patience = self._run = 0

    def _follow(self, frame: AudioFrame) -> Iterator[Hearing]:
        if self._loud:
            yield from self._go_on(frame)
        else:
            self._silent += 1
            yield from self._wait(frame)
        if self._listening and len(self._frames) * FRAME_S >= self._at.max_utterance_s:
            yield from self._finish(frame, "length")

    def _go_on(self, frame: AudioFrame) -> Iterator[Hearing]:
        """Speech inside a turn: what was prepared in the silence before is void."""
        if self._transcript is not None:
            yield Resumed(at_s=frame.start_s)
        if self._silent:
            self._pauses.append(self.silent_s)
        if self._transcript is not None and self.silent_s >= SETTLES_S:
            middle = len(self._frames) - 1 - self._silent // 2
            if self._passes.settle(middle * HEAR_FRAME, self.voiced_s):
                self._drafts = 0
        self._voiced += 1
        self._silent = 0
        self._scores = []
        self._transcript = self._failure = None
        if self._partial_due():
            yield from self._partial()

    def _partial(self) -> Iterator[Hearing]:
        try:
            partial = self._look(self.sound, final=False)
        except EngineError as error:
            self._reads_along = False
            log.warning("What has been said so far is not read along: %s", error)
            return
        if partial.text:
            yield Partial(_heard(partial))

    def _partial_due(self) -> bool:
        """Time to look at what was said so far? Seldom on a slow machine: one under way delays the final pass."""
        pace_s = max(self._at.partial_s, PARTIAL_SHARE * self._passes.costs_s)
        is_due = self.voiced_s - self._passes.looked_s >= pace_s
        wanted = self._reads_along and self._at.partial_s > 0 and not self._hurried
        return wanted and is_due and self._passes.rest_s(len(self._frames) * HEAR_FRAME) < PARTIAL_UNTIL_S

    def _wait(self, frame: AudioFrame) -> Iterator[Hearing]:
        """Silence inside a turn: prepare an answer, ask whether it sounds finished, or end the turn."""
        since_soft_end = self._silent - _frames(self._at.soft_end_s)
        if since_soft_end < 0:
            return
        if since_soft_end == 0 and self._may_draft():
            yield from self._draft(frame.end_s)
        # A turn that surely is finished cannot be held for less: the cores go to its answer.
        elif self._finality() < self._hold.sure and since_soft_end % _frames(self._at.rescore_s) == 0:
            self._scores += self._endpoint.score(self.sound)
        hold_s = self._hold.hold_s(self._finality())
        if self._silent * FRAME_S >= (min(hold_s, FAILED_HOLD_S) if self._failure else hold_s):
            yield from self._finish(frame, "silence")

    def _may_draft(self) -> bool:
        """Whether the settings allow another; where a pause may make a long text final, that text is needed."""
        most = self._at.max_drafts
        return self._drafts < most or (most > 0 and self._passes.is_long(len(self._frames) * HEAR_FRAME))

    def _draft(self, at_s: float) -> Iterator[Hearing]:
        """What was said, and does it sound finished? Side by side, as the ASR's decoder leaves a core to spare:
        40 ms sooner than one after the other, and 100 ms sooner than with a score beside the LLM's first words."""
        self._drafts += 1
        samples = self.sound
        score = self._endpoint.score_aside(samples)
        try:
            self._transcript = self._look(samples)
        except EngineError as error:  # whoever goes on is heard again, as a whole
            self._failure = error
            log.warning("What was said is not known: %s", error)
        self._scores += score.result()
        if self._transcript and self._transcript.rejected is None:
            yield Draft(_heard(self._transcript), at_s)

    def _finality(self) -> float:
        """How probable it is that the turn is over; 0 before anybody was asked."""
        if self._settled and self._transcript:
            return 1.0
        if not self._scores:
            return 0.0
        scores, pauses_s, heard = tuple(self._scores), tuple(self._pauses), self._transcript
        return probability(
            Signs(scores, heard.text, pauses_s, heard.language) if heard else Signs(scores, "", pauses_s)
        )

    def _finish(self, frame: AudioFrame, ended_by: EndedBy) -> Iterator[Hearing]:
        if self._failure:  # the same words are not tried twice
            raise self._failure
        transcript = self._transcript or self._look(self.sound)
        end_s = frame.end_s - self._silent * FRAME_S
        start_s = self._onset_s
        self.abandon()
        if transcript.rejected is not None:
            yield Rejected(reason=transcript.rejected, end_s=end_s)
        else:
            yield Finished(_heard(transcript), start_s=start_s, end_s=end_s, ended_by=ended_by)

    def _look(self, samples: Samples, *, final: bool = True) -> Transcript:
        """Have the ASR look at what was said so far."""
        return self._passes.look(samples, self.voiced_s, final=final)


def _frames(seconds: float) -> int:
    """The least number of frames that last `seconds`, at least one."""
    return max(1, -int(-seconds // FRAME_S))


def _heard(transcript: Transcript) -> Heard:
    return Heard(transcript.text, transcript.language, transcript.confidence)
