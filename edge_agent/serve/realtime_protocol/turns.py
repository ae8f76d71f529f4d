"""The user's turns: what the ears report, or the client commits, becomes items of the conversation."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto

from edge_agent.host.jobs import Forget, ListenFailed, Sound, Transcribe, Transcribed
from edge_agent.serve.audio import bytes_per_ms
from edge_agent.serve.realtime_protocol import errors
from edge_agent.serve.realtime_protocol.conversation import KnownItem
from edge_agent.serve.realtime_protocol.input_buffer import InputBuffer, to_samples
from edge_agent.serve.realtime_protocol.items import Content, Item
from edge_agent.serve.realtime_protocol.responses import Responses
from edge_agent.serve.realtime_protocol.state import State
from edge_agent.types import Draft, Finished, Hearing, Json, Onset, Partial, Rejected, Resumed
from edge_agent.words import words_of

COMMIT_MS = 100
"""The least sound that can be committed."""
QUIET_MS = 30_000
"""Sound kept while nobody speaks, for a commit by hand."""
HELD_SILENCE_MS = 200
"""Silence counted to a turn, as recorded of the hosted service."""


class TurnPhase(Enum):
    IDLE = auto()
    SPEAKING = auto()
    DRAFTED = auto()
    """The user is silent, and has perhaps finished."""


class Turns:
    def __init__(self, state: State, responses: Responses) -> None:
        self._state, self._responses = state, responses
        self.buffer = InputBuffer(state.session.input_format)
        self.phase = TurnPhase.IDLE
        self.item_id = ""
        """The id of the item that the turn under way will be; told to the client when it began."""
        self._start_ms = 0
        self._on: dict[tuple[TurnPhase, type], Callable[..., None]] = {
            (TurnPhase.IDLE, Onset): self._begin,
            (TurnPhase.SPEAKING, Partial): self._read_along,
            (TurnPhase.SPEAKING, Draft): self._draft,
            (TurnPhase.SPEAKING, Finished): self._finish,
            (TurnPhase.SPEAKING, Rejected): self._reject,
            (TurnPhase.SPEAKING, ListenFailed): self._fail,
            (TurnPhase.DRAFTED, Draft): self._draft,
            (TurnPhase.DRAFTED, Resumed): self._resume,
            (TurnPhase.DRAFTED, Finished): self._finish,
            (TurnPhase.DRAFTED, Rejected): self._reject,
            (TurnPhase.DRAFTED, ListenFailed): self._fail,
        }
        """What is not here belongs to a turn that was dropped: nothing comes of it."""

    # --- the client's side ----------------------------------------------------------------------------------------

    def append(self, data: bytes) -> None:
        state = self._state
        begins = not self.buffer.held_ms
        samples = self.buffer.append(data)
        if len(samples):
            state.ask(Sound(samples, self._responses.answering))
        if state.session.detection is None:
            if begins and state.session.type == "realtime":
                self._responses.prepare("", "")
        elif self.phase is TurnPhase.IDLE:
            self.buffer.keep(QUIET_MS)

    def commit(self) -> None:
        """Make an item of what was sent, whether or not its turn is over. Raises ClientError."""
        if self.buffer.held_ms < COMMIT_MS:
            raise errors.commit_too_short(self.buffer.held_ms)
        state = self._state
        if self.phase is not TurnPhase.IDLE:
            self._stopped(self.buffer.end_ms)
        else:
            self.item_id = state.ids("item")
        self.drop()
        data = self.buffer.take()
        self._add(data, untold=True)
        self.transcribe(self.item_id, data)

    def clear(self) -> None:
        self.drop()
        self.buffer.clear()
        self._state.send({"type": "input_audio_buffer.cleared"})

    def drop(self) -> None:
        """Forget the turn under way, and what was begun to be answered."""
        self.phase = TurnPhase.IDLE
        self._responses.drop_held()
        if self._state.session.detection is not None:
            self._state.ask(Forget())

    def announces(self, id: str) -> bool:
        """Whether the client was told that this item is to come; it is not in the conversation yet."""
        return self.phase is not TurnPhase.IDLE and id == self.item_id

    def transcribe(self, id: str, sound: bytes) -> None:
        """Look for the words of an item in its sound."""
        samples = to_samples(sound, self.buffer.format)
        self._state.ask(Transcribe(id, samples, self._state.session.language))

    # --- the engines' side ----------------------------------------------------------------------------------------

    def hear(self, report: Hearing | ListenFailed) -> None:
        if self._state.session.detection is None:
            return  # was on its way when the client took over
        if act := self._on.get((self.phase, type(report))):
            act(report)

    def transcribed(self, report: Transcribed) -> None:
        """The words of a committed item; whoever deleted it meanwhile does not want them."""
        entry = self._state.conversation.get(report.id)
        if entry is None or not entry.untold:
            return
        self._state.conversation.tell(report.id, report.heard.text if report.heard else "")
        if report.error is None:
            self._tell(entry)
        else:
            self._tell_failure(entry, report.error)
            self._responses.fail_waiting(entry, report.error)

    def _begin(self, onset: Onset) -> None:
        state, session = self._state, self._state.session
        self.phase = TurnPhase.SPEAKING
        self.item_id = state.ids("item")
        self._start_ms = max(0, round(onset.at_s * 1000) - session.prefix_padding_ms)
        started = {"type": "input_audio_buffer.speech_started", "audio_start_ms": self._start_ms}
        state.send({**started, "item_id": self.item_id})
        if session.interrupt_response:
            self._responses.interrupt()
        self._responses.disturb()
        self._prepare("")

    def _read_along(self, partial: Partial) -> None:
        self._prepare(partial.heard.text)

    def _prepare(self, text: str) -> None:
        if self._state.session.create_response:
            self._responses.prepare(self.item_id, text)

    def _draft(self, draft: Draft) -> None:
        self.phase = TurnPhase.DRAFTED
        if self._state.session.create_response:
            self._responses.hold(self.item_id, draft.heard.text)

    def _resume(self, resumed: Resumed) -> None:
        self.phase = TurnPhase.SPEAKING
        self._responses.drop_held()

    def _finish(self, finished: Finished) -> None:
        entry = self._end(finished.end_s)
        self._state.conversation.tell(self.item_id, finished.heard.text)
        self._tell(entry)
        if self._state.session.create_response and finished.heard.text:
            self._responses.answer_turn()
        else:
            self._responses.drop_held()

    def _reject(self, rejected: Rejected) -> None:
        """There were no words: an item without any, and no response."""
        self._responses.drop_held()
        self._responses.rest()
        entry = self._end(rejected.end_s)
        self._state.conversation.tell(self.item_id, "")
        self._tell(entry)

    def _fail(self, failed: ListenFailed) -> None:
        self._responses.drop_held()
        self._responses.rest()
        entry = self._end(self.buffer.end_ms / 1000)
        self._tell_failure(entry, failed.error)

    # --- idle timeout ---------------------------------------------------------------------------------------------

    def tick(self, now_s: float) -> None:
        """Speak up when the user has not, for as long as the client allows after an answer was heard."""
        timeout_ms, since = self._state.session.idle_timeout_ms, self._responses.rests_since_s
        if timeout_ms is None or since is None or self.phase is not TurnPhase.IDLE or self._responses.active:
            return
        if now_s >= since + timeout_ms / 1000:
            self._time_out(timeout_ms)

    def _time_out(self, timeout_ms: int) -> None:
        state, end_ms = self._state, self.buffer.end_ms
        self.item_id = state.ids("item")
        times = {"audio_start_ms": max(0, end_ms - timeout_ms), "audio_end_ms": end_ms}
        state.send({"type": "input_audio_buffer.timeout_triggered", **times, "item_id": self.item_id})
        asked = Content("input_text", words_of(state.session.language or state.language).nudge)
        nudge = Item(state.ids("item"), "message", role="system", content=(asked,))
        state.send(*added(nudge, state.conversation.append(KnownItem(nudge))))
        entry = self._add(b"")
        state.conversation.tell(self.item_id, "")
        self._tell(entry)
        self._responses.answer_turn()

    # --- items ----------------------------------------------------------------------------------------------------

    def _end(self, end_s: float) -> KnownItem:
        """The turn is over: its item, whose words are to be told."""
        self.phase = TurnPhase.IDLE
        end_ms = min(round(end_s * 1000) + HELD_SILENCE_MS, self.buffer.end_ms)
        self._stopped(end_ms)
        return self._add(self.buffer.take(self._start_ms, end_ms))

    def _stopped(self, end_ms: int) -> None:
        stopped = {"type": "input_audio_buffer.speech_stopped", "audio_end_ms": max(end_ms, self._start_ms)}
        self._state.send({**stopped, "item_id": self.item_id})

    def _add(self, data: bytes, *, untold: bool = False) -> KnownItem:
        """`committed`, and the user's item at the end of the conversation."""
        state, format = self._state, self.buffer.format
        item = Item.user_audio(self.item_id)
        ms = len(data) / bytes_per_ms(format)
        entry = KnownItem(item, user_ms=ms, format=format, untold=untold)
        previous = state.conversation.append(entry)
        state.conversation.recordings.add(item.id, data)
        committed = {"type": "input_audio_buffer.committed", "item_id": item.id, "previous_item_id": previous}
        state.send(committed, *added(item, previous))
        return entry

    def _tell(self, entry: KnownItem) -> None:
        """The words of an item, for clients that asked to read them."""
        if not self._state.session.transcription:
            return
        part = {"item_id": entry.item.id, "content_index": 0}
        kind = "conversation.item.input_audio_transcription"
        if entry.text:
            self._state.send({"type": f"{kind}.delta", **part, "delta": entry.text})
        usage = {"type": "duration", "seconds": round(entry.user_ms / 1000, 3)}
        self._state.send({"type": f"{kind}.completed", **part, "transcript": entry.text, "usage": usage})

    def _tell_failure(self, entry: KnownItem, why: str) -> None:
        if not self._state.session.transcription:
            failure = errors.ClientError("transcription_failed", why, type="server_error")
            self._state.send(errors.error_event(failure))
            return
        error = {"type": "server_error", "code": "transcription_failed", "message": why}
        kind = "conversation.item.input_audio_transcription.failed"
        self._state.send({"type": kind, "item_id": entry.item.id, "content_index": 0, "error": error})


def added(item: Item, previous: str | None) -> list[Json]:
    """The events of an item that is complete when it comes into the conversation."""
    fields = {"previous_item_id": previous, "item": item.to_json()}
    return [{"type": "conversation.item.added", **fields}, {"type": "conversation.item.done", **fields}]
