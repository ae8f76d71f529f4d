"""Bridge: the only crossing between the asyncio loop and the engines. Three threads, shared by all sessions."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from edge_agent.clock import Clock
from edge_agent.errors import EdgeAgentError, EngineError
from edge_agent.hear.asr import joined
from edge_agent.hear.guards import cut_at_pauses
from edge_agent.interfaces import Transcript
from edge_agent.serve.engines import Engines, timed
from edge_agent.serve.jobs import (
    Answer,
    Forget,
    Job,
    Listen,
    Manner,
    Prepare,
    Progress,
    Report,
    Say,
    Transcribe,
    Transcribed,
)
from edge_agent.serve.link import Link, Slice
from edge_agent.serve.metrics import Unwatched, Watch
from edge_agent.serve.rota import Rota
from edge_agent.think.brief import Part, Usage, Written
from edge_agent.think.sentences import SentenceStream
from edge_agent.types import Failure, Finished, Heard, Samples, Sentence

log = logging.getLogger(__name__)

IN_TIME_S = 30.0
"""Sound that has waited for longer is not heard any more: the machine is too slow, or far too much came at once."""
IDLE_S = 0.3
"""Between two openers that are rendered ahead, of some 60 ms each; over as soon as there is something to say."""
JOIN_S = 10.0
"""How long the end waits for an engine: a pass of the ASR cannot be broken off."""


@dataclass(frozen=True, slots=True)
class Saying:
    """One part of an answer on its way to the voice."""

    id: str
    part: Part | Failure
    manner: Manner


@dataclass(slots=True)
class Transcription:
    """A Transcribe that is done piece by piece."""

    job: Transcribe
    pieces: deque[Samples]
    heard: list[Transcript]


class Bridge:
    """`open` and `close` are called on the loop. An idle session costs neither a thread nor time."""

    def __init__(self, engines: Engines, clock: Clock, watch: Watch | None = None) -> None:
        self._watch = watch or Unwatched()
        self._now = clock.now
        self._engines = timed(engines, self._watch, clock.now)
        self.to_hear: Rota[Link, Slice | Listen | Forget | Transcription] = Rota(partial(self._watch.hold, "hear"))
        self.to_think: Rota[Link, Answer | Prepare] = Rota(partial(self._watch.hold, "think"))
        self.to_speak: Rota[Link, Say | Saying] = Rota(partial(self._watch.hold, "speak"))
        self._links: set[Link] = set()
        self._voice_free = threading.Event()
        self._voice_free.set()
        work = {"hear": self._hear, "think": self._think, "speak": self._speak}
        self._threads = [threading.Thread(target=each, name=name, daemon=True) for name, each in work.items()]

    @property
    def rate_hz(self) -> int:
        """Of the voice."""
        return self._engines.voice.rate_hz

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Give everything up. Waits until the engines have noticed."""
        for rota in (self.to_hear, self.to_think, self.to_speak):
            rota.close()
        self._voice_free.set()
        for thread in self._threads:
            thread.join(JOIN_S)

    def open(self, post: Callable[[Report], object]) -> Link:
        """A new session; `post` is called on the running loop. It must be closed."""
        link = Link(post, self._route, self._leave, self._engines, self._watch, self._now)
        self._links.add(link)
        return link

    def _route(self, link: Link, job: Job | Slice) -> None:
        if isinstance(job, Slice | Listen | Forget):
            self.to_hear.put(link, job)
        elif isinstance(job, Transcribe):
            self.to_hear.put(link, Transcription(job, deque(), []))
        elif isinstance(job, Answer):
            self.to_think.put(link, job)
        elif isinstance(job, Prepare):  # it holds what an earlier one held, and more
            self.to_think.supersede(link, job, lambda waiting: isinstance(waiting, Prepare))
        elif isinstance(job, Say):
            self.to_speak.put(link, job)

    def _leave(self, link: Link) -> None:
        self._links.discard(link)
        for rota in (self.to_hear, self.to_think, self.to_speak):
            rota.drop(link)
        self._voice_free.set()  # the fragment that think waits for may be among what was dropped

    # --- hear ---------------------------------------------------------------------------------------------------

    def _hear(self) -> None:
        for link, item in self.to_hear:
            if isinstance(item, Slice):
                self._hear_slice(link, item)
            elif isinstance(item, Transcription):
                self._transcribe(link, item)
            elif isinstance(item, Listen):
                link.listening.change(item)
            else:
                link.listening.forget()

    def _hear_slice(self, link: Link, slice: Slice) -> None:
        frame = slice.frame
        link.take(slice)
        if self._now() - slice.sent_s > IN_TIME_S:
            return self._watch.count("lost_seconds", frame.seconds)
        for report in link.listening.hear(frame, answering=slice.answering):
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
            if not item.heard:
                item.pieces.extend(cut_at_pauses(job.samples))
            item.heard.append(self._engines.asr(job.language).transcribe(item.pieces.popleft()))
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
                link.report(Transcribed(job.id, _heard(joined(item.heard))))

    # --- think --------------------------------------------------------------------------------------------------

    def _think(self) -> None:
        for link, job in self.to_think:
            if isinstance(job, Prepare):
                self._prepare(link, job)
            elif link.wants(job.id):
                self._answer(link, job)

    def _prepare(self, link: Link, job: Prepare) -> None:
        """Gives way, between two slices of the prompt, to whatever has come in since, and ends with its session."""
        try:
            self._engines.writer.prepare(job.brief, lambda: not (len(self.to_think) or link.closed))
        except EngineError as error:
            log.info("Nothing was prepared: %s", error)
        except Exception:
            log.exception("The LLM failed to prepare an answer.")

    def _answer(self, link: Link, job: Answer) -> None:
        self._watch.count("answers")
        begun_s: float | None = self._now()
        parts = self._engines.writer.write(job.brief, partial(self._wanted, link, job.id))
        try:
            for part in parts:
                if not link.wants(job.id):
                    return
                if begun_s is not None and not isinstance(part, Written):
                    self._watch.time("llm_first", self._now() - begun_s)
                    begun_s = None
                self._hand_on(link, Saying(job.id, part, job.manner))
        except EngineError as error:
            self._hand_on(link, Saying(job.id, Failure(str(error), error.code), job.manner))
        except Exception:
            log.exception("The LLM failed.")
            self._hand_on(link, Saying(job.id, Failure("The LLM failed."), job.manner))
        finally:
            close = getattr(parts, "close", None)
            if close:
                close()  # the engine's own cleanup runs here

    def _wanted(self, link: Link, id: str) -> bool:
        """Asked before each token. Waits while the first fragment is rendered: the voice gets all the cores."""
        self._voice_free.wait()
        return link.wants(id)

    def _hand_on(self, link: Link, saying: Saying) -> None:
        if _is_first(saying.part):
            self._voice_free.clear()
        if not self.to_speak.put(link, saying) or link.closed:
            self._voice_free.set()

    # --- speak --------------------------------------------------------------------------------------------------

    def _speak(self) -> None:
        self._render_ahead()
        for link, item in self.to_speak:
            if isinstance(item, Say):
                self._cut(link, item)
                continue
            if link.wants(item.id):
                self._say(link, item)
            if _is_first(item.part):
                self._voice_free.set()
            self._render_ahead()

    def _render_ahead(self) -> None:
        """Openers that may be wanted, until all are kept or there is something to say; only while nobody speaks."""
        while self._is_busy() or self._rendered_one():
            if self.to_speak.wait(IDLE_S):
                return

    def _is_busy(self) -> bool:
        speaks = any(link.listening.busy for link in tuple(self._links))
        return speaks or bool(len(self.to_speak)) or not self.to_think.reader_waits

    def _rendered_one(self) -> bool:
        try:
            return self._engines.voice.idle()
        except Exception:
            log.exception("The voice failed on an opener.")
            return True  # it is not tried again

    def _cut(self, link: Link, job: Say) -> None:
        """A sentence at a time, so that others may speak between them."""
        stream = SentenceStream()
        for sentence in [*stream.push(job.text), *stream.finish()]:
            self.to_speak.put(link, Saying(job.id, sentence, job.manner))
        self.to_speak.put(link, Saying(job.id, Written("stop", Usage()), job.manner))

    def _say(self, link: Link, item: Saying) -> None:
        if isinstance(item.part, Failure):
            self._watch.count("failures")
        if not isinstance(item.part, Sentence):
            return link.report(Progress(item.id, item.part))
        try:
            self._render(link, item.id, item.part, item.manner)
        except EngineError as error:
            self._fail(link, item.id, str(error))
        except Exception:
            log.exception("The voice failed.")
            self._fail(link, item.id, "The voice failed.")
        return None

    def _render(self, link: Link, id: str, sentence: Sentence, manner: Manner) -> None:
        begun_s = self._now()
        for block in self._engines.voice.speak(sentence, speed=manner.speed):
            if not link.wants(id):
                return
            if sentence.index == 0 and block.position == 0:
                self._watch.time("tts_first", self._now() - begun_s)
            link.report(Progress(id, block))

    def _fail(self, link: Link, id: str, error: str) -> None:
        self._watch.count("failures")
        link.report(Progress(id, Failure(error)))


def _is_first(part: Part | Failure) -> bool:
    return isinstance(part, Sentence) and part.index == 0


def _heard(transcript: Transcript) -> Heard | None:
    if transcript.rejected is not None:
        return None
    return Heard(transcript.text, transcript.language, transcript.confidence)
