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
from edge_agent.hear.framing import FRAME_S, frames_of
from edge_agent.hear.onset import OnsetWatch
from edge_agent.hear.passes import Passes
from edge_agent.hear.thresholds import Thresholds
from edge_agent.interfaces import Asr, Endpoint, Transcript, Vad
from edge_agent.types import (
    HEAR_FRAME,
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

PARTIAL_SHARE = 5
"""A partial takes at most a fifth of the time: so often the end of speech falls into one, and waits for it."""
PARTIAL_UNTIL_S = 25.0
"""A longer pass is one of several pieces (Whisper's 30 s), and costs seconds."""
SETTLES_S = 0.3
"""A pause after which what was said before it is final: no word has so long a silence in it."""
FALL_FRAMES = 3
"""Frames of speech that may be its fall; where there are more, somebody speaks softly."""
FALL_PACE = 2
"""Speech between two looks at a fall: so many times what a look costs, as the end may come while one is under way."""
FAILED_HOLD_S = 0.8
"""Silence that ends a turn whose words could not be made out: so the user knows it within a second."""


class Ears:
    """One listener on one line. Not thread-safe: the hear thread owns it.

    What fails without need costs nothing: words heard ahead are missing, or the pauses decide alone. Only a turn whose
    words are not known at its end is lost: `hear` raises EngineError then, once, and is to be followed by `abandon`.
    """

    def __init__(self, vad: Vad, endpoint: Endpoint, asr: Asr, thresholds: Thresholds, hold: HoldPolicy) -> None:
        self._vad, self._endpoint, self._passes = vad, Scoring(endpoint), Passes(asr)
        self._at, self._onset = thresholds, OnsetWatch(thresholds)
        self._hold = hold
        self._meanwhile = ALONE
        self._frames: deque[AudioFrame] = deque()
        self._rest()

    @property
    def busy(self) -> bool:
        """Whether somebody is speaking or may go on."""
        return self._listening

    @property
    def yields(self) -> Yields:
        """What the answer does: it is to wait while somebody may be about to interrupt it."""
        return "silent" if self._onset.suspects else "no"

    @property
    def suspected_s(self) -> float:
        """Speech that may become an interruption."""
        return self._onset.suspected_s(self._loud)

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
        self._voiced = 0
        self._silent = 0
        self._fallen = 0
        """Frames of speech, the last ones, that may be its fall."""
        self._drafts = 0
        self._drafted_s = 0.0
        """Speech at the last one."""
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
        self._onset.begin()
        self._passes.begin()

    def abandon(self) -> None:
        """Forget what was being said and listen for the next onset."""
        self._rest()
        self._frames.clear()
        self._vad.reset()

    def hear(self, frame: AudioFrame, meanwhile: Meanwhile = ALONE) -> Iterator[Hearing]:
        """Take the next 512 samples. While the agent is being heard speech means barge-in."""
        self._meanwhile = meanwhile
        p = self._vad.probability(frame.samples)
        self._loud = self._is_loud(frame, p)
        self._frames.append(frame)
        if self._listening:
            self._fallen = self._fallen + 1 if self._loud and not self._silent and p < self._at.falls else 0
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
        if self._onset.hear(frame, self._loud, answering):
            self._listening = True
            self._voiced = self._onset.run
            yield Onset(at_s=self._onset.began_s)
            return
        while len(self._frames) * FRAME_S > self._onset.keep_s(frame):
            self._frames.popleft()

    def _follow(self, frame: AudioFrame) -> Iterator[Hearing]:
        if self._loud and not 0 < self._fallen <= FALL_FRAMES:
            yield from self._go_on(frame)
        else:
            self._voiced += self._loud
            self._silent += not self._loud
            if self._may_draft():
                yield from self._draft(frame.end_s)
            if self._silent:
                yield from self._wait(frame)
        if self._listening and len(self._frames) * FRAME_S >= self._at.max_utterance_s:
            yield from self._finish(frame, "length")

    def _go_on(self, frame: AudioFrame) -> Iterator[Hearing]:
        """Speech inside a turn: what was prepared in the silence before is void."""
        if self._transcript is not None:
            yield Resumed(at_s=frame.start_s)
            self._drafts -= self._silent < frames_of(self._at.soft_end_s)  # next to nothing was made in so short a time
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
        wanted = self._reads_along and self._at.partial_s > 0 and not self._meanwhile.hurried
        return wanted and is_due and self._passes.rest_s(len(self._frames) * HEAR_FRAME) < PARTIAL_UNTIL_S

    def _wait(self, frame: AudioFrame) -> Iterator[Hearing]:
        """Silence inside a turn: ask whether it sounds finished, or end the turn."""
        since_soft_end = self._silent - frames_of(self._at.soft_end_s)
        if since_soft_end < 0:
            return
        # A turn that surely is finished cannot be held for less: the cores go to its answer.
        scored = since_soft_end == 0 and self._scores
        if not scored and self._finality() < self._hold.sure and since_soft_end % frames_of(self._at.rescore_s) == 0:
            self._scores += self._endpoint.score(self.sound)
        hold_s = self._hold.hold_s(self._finality())
        if self._silent * FRAME_S >= (min(hold_s, FAILED_HOLD_S) if self._failure else hold_s):
            yield from self._finish(frame, "silence")

    def _may_draft(self) -> bool:
        """Whether to prepare an answer now: at the soft end, unless that was done when the voice fell. Where a pause
        may make a long text final, that text is needed however many there were."""
        if self._transcript or self._failure or self._silent > frames_of(self._at.soft_end_s):
            return False
        if self._silent < frames_of(self._at.soft_end_s) and not self._may_look():
            return False
        most = self._at.max_drafts
        return self._drafts < most or (most > 0 and self._passes.is_long(len(self._frames) * HEAR_FRAME))

    def _may_look(self) -> bool:
        """Whether a fall is looked at: not where a word into an answer may be a mere nod, nor one just after
        another."""
        spoken_s = self.voiced_s - self._drafted_s
        wanted = self._at.falls > 0 and not self._meanwhile.hurried and not self._meanwhile.speaking
        return wanted and spoken_s >= FALL_PACE * self._passes.costs_s

    def _draft(self, at_s: float) -> Iterator[Hearing]:
        """What was said, and does it sound finished? Side by side, as the ASR's decoder leaves a core to spare:
        40 ms sooner than one after the other, and 100 ms sooner than with a score beside the LLM's first words."""
        self._drafts += 1
        self._drafted_s = self.voiced_s
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
        elif self._silent < frames_of(self._at.soft_end_s):
            self._transcript = None  # a fraction of a short word

    def _finality(self) -> float:
        """How probable it is that the turn is over; 0 before anybody was asked."""
        if self._meanwhile.settled and self._transcript:
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
        start_s = self._onset.began_s
        self.abandon()
        if transcript.rejected is not None:
            yield Rejected(reason=transcript.rejected, end_s=end_s)
        else:
            yield Finished(_heard(transcript), start_s=start_s, end_s=end_s, ended_by=ended_by)

    def _look(self, samples: Samples, *, final: bool = True) -> Transcript:
        """Have the ASR look at what was said so far."""
        return self._passes.look(samples, self.voiced_s, final=final)


def _heard(transcript: Transcript) -> Heard:
    return Heard(transcript.text, transcript.language, transcript.confidence)
