"""Work: what the host does with each job, in steps. host.py does them in three threads, inline.py in the caller's."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from functools import partial

from edge_agent.clock import Clock
from edge_agent.errors import EdgeAgentError, EngineError
from edge_agent.floor import Talking
from edge_agent.host.engines import Engines, Speaker, timed, voiced
from edge_agent.host.fair_queue import FairQueue
from edge_agent.host.gauges import Unwatched, Watch
from edge_agent.host.jobs import (
    Answer,
    Expect,
    Forget,
    Hold,
    Job,
    Listen,
    Manner,
    Prepare,
    Progress,
    Reached,
    Report,
    Say,
    Transcribe,
    Transcribed,
)
from edge_agent.host.link import Link, Slice, Wake, at_once
from edge_agent.host.queued import (
    PartToSay,
    ToHear,
    ToSpeak,
    ToThink,
    Transcription,
    follows,
    is_ahead,
    is_file,
    is_first,
)
from edge_agent.speak.apology import Apology
from edge_agent.speak.chimes import Chimes
from edge_agent.think.brief import Part, Usage, Written
from edge_agent.think.sentences import SentenceStream
from edge_agent.types import Failure, Finished, Sentence

log = logging.getLogger(__name__)

IN_TIME_S = 30.0
"""Sound that has waited for longer is not heard any more: the machine is too slow, or far too much came at once."""
UNDECIDED_S = 3.0
"""The longest time for which an answer is not worked on, as the user may be interrupting it: two seconds of speech, and
a look of the ASR at them."""


class Work:
    """The queues before the engines, and what is done with what comes out of them.

    Who waits for an answer comes first: speech before files to transcribe, answers before what is read ahead, the
    first fragment of an answer before what follows it.
    """

    def __init__(self, engines: Engines, clock: Clock, watch: Watch | None = None) -> None:
        self._watch = watch or Unwatched()
        self._now = clock.now
        self._engines = timed(engines, self._watch, clock.now)
        hold = self._watch.hold
        self.to_hear: FairQueue[Link, ToHear] = FairQueue(is_file, partial(hold, "hear"))
        self.to_think: FairQueue[Link, ToThink] = FairQueue(is_ahead, partial(hold, "think"))
        self.to_speak: FairQueue[Link, ToSpeak] = FairQueue(follows, partial(hold, "speak"))
        self._voices: dict[str, Speaker] = {}
        """Those that somebody has asked for, besides that of the settings."""
        self._links: set[Link] = set()
        self._voice_free = threading.Event()
        self._voice_free.set()

    @property
    def rate_hz(self) -> int:
        """The sample rate of the voice."""
        return self._engines.voice.rate_hz

    @property
    def language(self) -> str:
        """That of the voice, as espeak names it."""
        return self._engines.language

    @property
    def apology(self) -> Apology:
        """What is heard when an engine fails."""
        return self._engines.apology or Apology(self.rate_hz)

    @property
    def chimes(self) -> Chimes:
        """What is heard when a conversation is called by name."""
        return self._engines.chimes or Chimes(self.rate_hz, {})

    def open(
        self,
        post: Callable[[Report], object],
        wake: Wake = at_once,
        agent: Talking | None = None,
    ) -> Link:
        """A new conversation, which must be closed. `post` is given its reports, by `wake` (see Link)."""
        link = Link(post, self._route, self._leave, self._engines, self._watch, self._now, wake, agent)
        self._links.add(link)
        return link

    def _route(self, link: Link, job: Job | Slice) -> None:
        match job:
            case Slice() | Listen() | Expect() | Forget():
                self.to_hear.put(link, job)
            case Transcribe():
                self.to_hear.put(link, Transcription(job))
            case Answer():
                self.to_speak.hold(link, False)  # for what came before it there was enough
                self.to_think.put(link, job)
            case Prepare():  # it holds what an earlier one held, and more
                self.to_think.supersede(link, job, lambda waiting: isinstance(waiting, Prepare))
            case Say():
                self.to_speak.put(link, job)
            case Hold(on):
                self.to_speak.hold(link, on)
            case _:
                raise AssertionError(job)

    def _leave(self, link: Link) -> None:
        self._links.discard(link)
        for queue in (self.to_hear, self.to_think, self.to_speak):
            queue.drop(link)
        self._voice_free.set()  # the fragment that think waits for may be among what was dropped

    # --- hear ---------------------------------------------------------------------------------------------------

    def hear(self, link: Link, item: ToHear) -> None:
        if isinstance(item, Slice):
            self._hear_slice(link, item)
            link.done(item)
        elif isinstance(item, Transcription):
            self._transcribe(link, item)
        elif isinstance(item, Listen):
            link.listening.change(item)
        elif isinstance(item, Expect):
            link.listening.expect(item.words)
        else:
            link.listening.forget()

    def _hear_slice(self, link: Link, slice: Slice) -> None:
        frame = slice.frame
        link.take(slice)
        if self._now() - slice.sent_s > IN_TIME_S:
            return self._watch.count("lost_seconds", frame.seconds)
        hurried = self.to_hear.others_wait(link)
        for report in link.listening.hear(frame, answering=slice.answering, hurried=hurried, skips=slice.skips):
            at_s = 0.0
            if isinstance(report, Finished):
                self._watch.count("turns")
                at_s = slice.sent_s - (frame.end_s - report.end_s)
            link.report(report, era=slice.era, at_s=at_s)
        return None

    def _transcribe(self, link: Link, item: Transcription) -> None:
        """One piece of at most 30 s; then it is the others' turn."""
        job = item.job
        if not link.wants(job.id):
            return
        try:
            item.step(self._engines.asr(job.language))
        except EdgeAgentError as error:
            self._watch.count("failures")
            link.report(Transcribed(job.id, None, str(error)))
        except Exception:
            log.exception("The ASR failed.")
            self._watch.count("failures")
            link.report(Transcribed(job.id, None, "The ASR failed."))
        else:
            if item.pieces:
                self.to_hear.put_back(link, item)
            else:
                link.report(item.result())

    # --- think --------------------------------------------------------------------------------------------------

    def think(self, link: Link, job: ToThink) -> Iterator[None]:
        """A step is a part of an answer that was handed on."""
        if isinstance(job, Prepare):
            self._prepare(link, job)
        elif link.wants(job.id):
            yield from self._answer(link, job)

    def _prepare(self, link: Link, job: Prepare) -> None:
        """Gives way, between two slices of the prompt, to whatever has come in since, and ends with its link."""
        try:
            self._engines.writer.prepare(job.brief, lambda: not (len(self.to_think) or link.closed))
        except EngineError as error:
            log.warning("Nothing was prepared: %s", error)
        except Exception:
            log.exception("The LLM failed to prepare an answer.")

    def _answer(self, link: Link, job: Answer) -> Iterator[None]:
        self._watch.count("answers")
        if job.traced:
            link.report(Reached(job.id, "think"))
        begun_s: float | None = self._now()
        parts = self._engines.writer.write(job.brief, partial(self._wanted, link, job.id))
        hand_on = partial(self._hand_on, link, job)
        try:
            for part in parts:
                if not link.wants(job.id):
                    return
                if begun_s is not None and not isinstance(part, Written):
                    self._watch.time("llm_first", self._now() - begun_s)
                    begun_s = None
                hand_on(part)
                yield
        except EngineError as error:
            hand_on(Failure(str(error), error.code))
        except Exception as error:
            log.exception("The LLM failed.")
            hand_on(Failure("The LLM failed.", cause=error))
        finally:
            close = getattr(parts, "close", None)
            if close:
                close()  # the engine's own cleanup runs here

    def _wanted(self, link: Link, id: str) -> bool:
        """Whether the answer is still wanted, asked before each token. Waits while the first fragment is rendered: the
        voice gets all the cores; and while the user may be interrupting it, as the ears need them."""
        self._voice_free.wait()
        link.listening.decided.wait(UNDECIDED_S)
        return link.wants(id)

    def _hand_on(self, link: Link, job: Answer, part: Part | Failure) -> None:
        if is_first(part):
            self._voice_free.clear()
        if not self.to_speak.put(link, PartToSay(job.id, part, job.manner, job.traced)) or link.closed:
            self._voice_free.set()

    # --- speak --------------------------------------------------------------------------------------------------

    def speak(self, link: Link, item: ToSpeak) -> Iterator[None]:
        """A step is a block of sound, or another part of an answer, that was reported."""
        if isinstance(item, Say):
            return self._cut(link, item)
        try:
            if link.wants(item.id):
                yield from self._say(link, item)
        finally:
            if is_first(item.part):
                self._voice_free.set()

    def _cut(self, link: Link, job: Say) -> None:
        """A sentence at a time, so that others may speak between them."""
        stream = SentenceStream(language=self._engines.language)
        for sentence in [*stream.push(job.text), *stream.finish()]:
            self.to_speak.put(link, PartToSay(job.id, sentence, job.manner))
        self.to_speak.put(link, PartToSay(job.id, Written("stop", Usage()), job.manner))

    def _say(self, link: Link, item: PartToSay) -> Iterator[None]:
        part = item.part
        if isinstance(part, Failure):
            self._watch.count("failures")
        if not isinstance(part, Sentence):
            link.report(Progress(item.id, part))
            yield
            return
        if item.traced and part.index == 0:
            link.report(Reached(item.id, "sentence"))
        try:
            yield from self._render(link, item.id, part, item.manner)
        except EdgeAgentError as error:
            self._fail(link, item.id, Failure(str(error)))
        except Exception as error:
            log.exception("The voice failed.")
            self._fail(link, item.id, Failure("The voice failed.", cause=error))

    def _render(self, link: Link, id: str, sentence: Sentence, manner: Manner) -> Iterator[None]:
        begun_s = self._now()
        for block in voiced(self._voice(manner.voice), sentence, partial(link.hushed, id), speed=manner.speed):
            link.listening.decided.wait(UNDECIDED_S)
            if not link.wants(id):
                return
            if sentence.index == 0 and block.position == 0:
                self._watch.time("tts_first", self._now() - begun_s)
            link.report(Progress(id, block))
            yield

    def _voice(self, name: str | None) -> Speaker:
        """The voice of this name, made ready when it is first asked for. Raises EdgeAgentError."""
        if name is None or self._engines.another_voice is None:
            return self._engines.voice
        if name not in self._voices:
            self._voices[name] = self._engines.another_voice(name)
        return self._voices[name]

    def _fail(self, link: Link, id: str, failure: Failure) -> None:
        self._watch.count("failures")
        link.report(Progress(id, failure))
