"""RealtimeProtocol: one connection. Frames of the client and reports in, events, sound and jobs out.

No input or output, no clock of its own, no thread: whoever calls it carries out what it returns, in order, and reports
what was played of the sound.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable
from typing import Literal

from edge_agent.host.jobs import Forget, Listen, Progress, Reached, Report, Transcribed, Wavering
from edge_agent.serve.audio import Track, bytes_per_ms
from edge_agent.serve.realtime_protocol import client_events, errors
from edge_agent.serve.realtime_protocol.beta import Beta
from edge_agent.serve.realtime_protocol.conversation import KnownItem
from edge_agent.serve.realtime_protocol.errors import ClientError
from edge_agent.serve.realtime_protocol.ids import Ids, random_id
from edge_agent.serve.realtime_protocol.items import Item, parse_item
from edge_agent.serve.realtime_protocol.outputs import Output, Played, Send, Used
from edge_agent.serve.realtime_protocol.playing import Player
from edge_agent.serve.realtime_protocol.requests import parse_request
from edge_agent.serve.realtime_protocol.responses import Responses
from edge_agent.serve.realtime_protocol.session import Session
from edge_agent.serve.realtime_protocol.state import State
from edge_agent.serve.realtime_protocol.turns import Turns, added
from edge_agent.types import Json, Samples

log = logging.getLogger(__name__)
Dialect = Literal["ga", "beta"]

_LOOKS_LIKE_BETA = (
    "A client that said nothing of beta sends beta's session.update (`modalities`, no `type`), and waits for events "
    "by names that are not sent. It needs the header OpenAI-Beta: realtime=v1, or ?dialect=beta in its URL."
)
MOST_RESULTS = 32
"""Outputs of tools that may wait for the end of a response: no answer has so many calls."""


class RealtimeProtocol:
    """All of the state of one session. Not thread-safe: the loop that reads the socket owns it."""

    def __init__(
        self,
        session: Session,
        *,
        now: Callable[[], float],
        dialect: Dialect = "ga",
        strict: bool = False,
        language: str = "en",
        ids: Ids = random_id,
        player: Player = "client",
    ) -> None:
        """now: seconds of any steady clock. strict: refuse what only the hosted service refuses. language: in which the
        model is told what to do of its own accord, where the client names none. player: who makes the answers heard,
        the client (a WebSocket) or this device (a track, a phone, a sound card)."""
        self._state = state = State(session, now, ids, language)
        self._strict = strict
        self._beta = Beta(state.conversation_id, ids) if dialect == "beta" else None
        self._responses = Responses(state, player)
        self._turns = Turns(state, self._responses)
        self._track = Track()
        self._results: list[Json] = []
        """Outputs of tools whose call's response is not done yet: in the conversation they come behind it."""
        self._acts: dict[str, Callable[[Json], None]] = {
            "session.update": self._update,
            "input_audio_buffer.append": lambda event: self._turns.append(event["audio"]),
            "input_audio_buffer.commit": lambda event: self._turns.commit(),
            "input_audio_buffer.clear": lambda event: self._turns.clear(),
            "output_audio_buffer.clear": self._silence if player == "device" else self._refuse,
            "conversation.item.create": self._create_item,
            "conversation.item.retrieve": self._retrieve,
            "conversation.item.delete": self._delete,
            "conversation.item.truncate": self._truncate,
            "response.create": self._respond,
            "response.cancel": lambda event: self._responses.cancel(event.get("response_id")),
        }

    @property
    def session(self) -> Session:
        return self._state.session

    def open(self) -> list[Output]:
        """What is to happen before the first frame of the client is read."""
        self._state.send({"type": "session.created", "session": self.session.to_json()})
        self._state.ask(Listen(self.session.detection, self.session.language))
        self._responses.device.tell(self.session)
        return self._outputs()

    def introduced(self) -> list[Output]:
        """The session as it is, for whoever looks on from now on."""
        return self._translated(Send({"type": "session.created", "session": self.session.to_json()}))

    def receive(self, frame: str | bytes) -> list[Output]:
        """A frame of the client. Whatever is in it: the worst that comes of it is an `error` event."""
        try:
            event = client_events.parse(frame, beta=self._beta is not None)
        except ClientError as error:
            self._state.send(errors.error_event(error))
        else:
            self._follow(event)
        return self._outputs()

    def hear(self, samples: Samples, rate_hz: int) -> list[Output]:
        """Sound of the user that comes by itself (a track): float32 (n,) in [-1, 1], as if it had been appended."""
        self._turns.append(self._track.to_wire(samples, rate_hz, self.session.input_format))
        return self._outputs()

    def report(self, report: Report | Played | Used) -> list[Output]:
        """What an engine reports on one of the jobs, or the transport of the sound and of the device's tools."""
        match report:
            case Played():
                self._responses.played(report)
            case Used():
                self._responses.used(report)
            case Progress():
                self._responses.progress(report)
            case Transcribed():
                self._turns.transcribed(report)
            case Wavering() | Reached():
                pass  # the client plays for itself, and is told of interruptions alone
            case _:
                self._turns.hear(report)
        return self._outputs()

    def tick(self, now_s: float) -> list[Output]:
        """Time has passed; `now_s` by the clock handed in. To be called a few times a second."""
        self._turns.tick(now_s)
        return self._outputs()

    # --- client events --------------------------------------------------------------------------------------------

    def _follow(self, event: Json) -> None:
        try:
            event = self._beta.received(event) if self._beta else event
            self._acts[event["type"]](event)
        except ClientError as error:
            self._state.send(errors.error_event(error, event.get("event_id")))

    def _update(self, event: Json) -> None:
        state, old = self._state, self.session
        if not self._beta and "type" not in event["session"] and "modalities" in event["session"]:
            log.warning(_LOOKS_LIKE_BETA)
            if self._strict:
                raise ClientError("missing_required_parameter", _LOOKS_LIKE_BETA, "session.type")
        locked = self._responses.any_sound
        state.session = new = old.updated(event["session"], voice_locked=locked, strict=self._strict)
        state.send({"type": "session.updated", "session": new.to_json()})
        self._responses.device.tell(new)
        self._turns.buffer.change(new.input_format)
        if new.detection is None and old.detection is not None:
            self._turns.drop()
            state.ask(Forget())
        if (new.detection, new.language) != (old.detection, old.language):
            state.ask(Listen(new.detection, new.language))
        if (new.instructions, new.tools) != (old.instructions, old.tools) and new.type == "realtime":
            self._responses.prepare("", "")  # a page of instructions costs seconds to read: now, not at the turn

    def _create_item(self, event: Json) -> None:
        item = parse_item(event["item"], self._state.ids)
        after = event.get("previous_item_id")
        if self._turns.announces(item.id):
            raise errors.item_exists(item.id)
        if item.type == "function_call_output" and self._responses.making(item.call_id):
            if len(self._results) >= MOST_RESULTS:
                raise errors.invalid_value("item", "too many outputs wait for the end of the response.")
            self._results.append(event)
            return
        if item.type == "mcp_approval_response":
            item = self._responses.device.answer(item)
        self._insert(item, after)
        if item.type == "mcp_approval_response":
            self._responses.device.answered(item)

    def _insert(self, item: Item, after: str | None) -> None:
        state = self._state
        sound = b"".join(part.audio or b"" for part in item.content)
        silent = bool(sound) and not any(part.text for part in item.content)
        entry = KnownItem(
            item.without_sound(),
            user_ms=len(sound) / bytes_per_ms(self.session.input_format),
            format=self.session.input_format,
            untold=silent,
        )
        conversation = state.conversation
        previous = conversation.append(entry) if after is None else conversation.insert(entry, after=after)
        state.send(*added(item, previous))
        if sound:
            conversation.recordings.add(item.id, sound)
        if silent:
            self._turns.transcribe(item.id, sound)

    def _retrieve(self, event: Json) -> None:
        item = self._state.conversation.retrieve(event["item_id"])
        self._state.send({"type": "conversation.item.retrieved", "item": item})

    def _delete(self, event: Json) -> None:
        self._state.conversation.delete(event["item_id"])
        self._deleted(event["item_id"])

    def _deleted(self, id: str) -> None:
        self._state.send({"type": "conversation.item.deleted", "item_id": id})

    def _truncate(self, event: Json) -> None:
        id, index = event["item_id"], event["content_index"]
        if index != 0:
            raise errors.invalid_value("content_index", "an answer's sound is its content 0.")
        self._state.conversation.truncate(id, event["audio_end_ms"], strict=self._strict)
        self._responses.silenced()
        self._responses.tell_cut([id])

    def _respond(self, event: Json) -> None:
        if self.session.type == "transcription":
            raise ClientError("invalid_value", "A transcription session has no responses.", "type")
        self._responses.create(parse_request(event.get("response"), self.session, self._state.ids, strict=self._strict))

    def _silence(self, event: Json) -> None:
        self._responses.clear()

    def _refuse(self, event: Json) -> None:
        raise ClientError("invalid_value", "Over a WebSocket the client itself plays, and stops to.", "type")

    # --- out ------------------------------------------------------------------------------------------------------

    def _outputs(self) -> list[Output]:
        """What has come up since the last time, with what had waited for it."""
        self._go_on()
        for id in self._state.conversation.outgrown():
            self._deleted(id)
        outputs, self._state.out = self._state.out, []
        return list(itertools.chain.from_iterable(map(self._translated, outputs)))

    def _go_on(self) -> None:
        results, self._results = self._results, []
        for event in results:
            self._follow(event)
        self._responses.go_on()

    def _translated(self, output: Output) -> list[Output]:
        """An event in the dialect of the connection, under a name of its own; sound and jobs as they are."""
        if not isinstance(output, Send):
            return [output]
        event = {"type": output.event["type"], "event_id": self._state.ids("event"), **output.event}
        return [Send(each) for each in (self._beta.sent(event) if self._beta else [event])]
