"""The beta dialect: a thin translation at the edge of a protocol that speaks GA. Source: OpenAI, Realtime API."""

from __future__ import annotations

from edge_agent.serve.realtime_protocol.flat import flat_param, nested
from edge_agent.serve.realtime_protocol.ids import Ids
from edge_agent.serve.realtime_protocol.response import NO_LIMITS
from edge_agent.serve.realtime_protocol.settings import FORMATS
from edge_agent.types import Json

RENAMED = {
    "conversation.item.added": "conversation.item.created",
    "response.output_text.delta": "response.text.delta",
    "response.output_text.done": "response.text.done",
    "response.output_audio.delta": "response.audio.delta",
    "response.output_audio.done": "response.audio.done",
    "response.output_audio_transcript.delta": "response.audio_transcript.delta",
    "response.output_audio_transcript.done": "response.audio_transcript.done",
}
DROPPED = {
    "conversation.item.done",
    "input_audio_buffer.timeout_triggered",
    "conversation.item.input_audio_transcription.segment",
    "rate_limits.updated",
}
"""GA events that beta does not have, or not there: its limits come when a response begins. The console of OpenAI looks
at the newest event alone, and did not see a `response.done` with another event right behind it."""

DEFAULT_TEMPERATURE = 0.8
_CONTENT = {"output_text": "text", "output_audio": "audio"}


class Beta:
    """The translator of one connection. Stateless but for `temperature`, which GA does not have."""

    def __init__(self, conversation_id: str, ids: Ids) -> None:
        self._conversation_id = conversation_id
        self._ids = ids
        self._temperature = self._asked = DEFAULT_TEMPERATURE
        """The temperature as it is, and as the last update has it, which may be refused."""

    def received(self, event: Json) -> Json:
        """A client event of beta (as `client_events.parse` returns it) as one of GA. Raises ClientError."""
        match event["type"]:
            case "session.update":
                return {**event, "session": self._update(event["session"])}
            case "transcription_session.update":
                return {**event, "type": "session.update", "session": _transcription_update(event["session"])}
            case "response.create" if "response" in event:
                return {**event, "response": nested(event["response"], "response")}
        return event

    def _update(self, session: Json) -> Json:
        temperature = session.get("temperature", self._temperature)
        self._asked = DEFAULT_TEMPERATURE if temperature is None else temperature
        return {"type": "realtime", **nested(session, "session")}

    def sent(self, event: Json) -> list[Json]:
        """A server event of GA as those of beta, mostly one, sometimes none."""
        kind = event["type"]
        if kind in DROPPED or kind.startswith(("mcp_", "response.mcp_")):
            return []
        event = {**event, "type": RENAMED.get(kind, kind)}
        if "item" in event:
            event["item"] = item_json(event["item"])
        if "response" in event:
            event["response"] = self._response(event["response"])
        if kind == "error":
            event["error"] = _error(event["error"])
        if kind == "response.created":
            return [event, {**NO_LIMITS, "event_id": self._ids("event")}]
        return self._session(event) if kind in ("session.created", "session.updated") else [event]

    def _session(self, event: Json) -> list[Json]:
        self._temperature = self._asked
        is_transcription = event["session"]["type"] == "transcription"
        event["session"] = session_json(event["session"], self._temperature)
        if event["type"] == "session.updated":
            return [{**event, "type": "transcription_session.updated"} if is_transcription else event]
        conversation = {"id": self._conversation_id, "object": "realtime.conversation"}
        created = {"type": "conversation.created", "event_id": self._ids("event"), "conversation": conversation}
        return [event, created]

    def _response(self, response: Json) -> Json:
        output = response.get("audio", {}).get("output", {})
        own = {
            "output": [item_json(item) for item in response.get("output", [])],
            "modalities": _modalities(response),
            "voice": output.get("voice"),
            "output_audio_format": _format(output),
            "temperature": self._temperature,
        }
        return {key: value for key, value in response.items() if key not in ("audio", "output_modalities")} | own


def session_json(session: Json, temperature: float = DEFAULT_TEMPERATURE) -> Json:
    """A session object of GA (`Session.to_json`) in beta's flat shape."""
    heard = session["audio"]["input"]
    vad = heard["turn_detection"]
    flat = {
        "input_audio_format": _format(heard),
        "input_audio_transcription": heard["transcription"],
        "input_audio_noise_reduction": heard["noise_reduction"],
        "turn_detection": vad and {key: value for key, value in vad.items() if value is not None},
    }
    if session["type"] == "transcription":
        # The secret is a required key there; over a socket that is open already it has no use.
        secret = {"value": "", "expires_at": session["expires_at"]}
        same = {key: session[key] for key in ("id", "object", "expires_at")}
        return same | {"modalities": ["text"], **flat, "client_secret": secret}
    output = session["audio"]["output"]
    same_keys = ("id", "object", "model", "expires_at", "instructions", "tools", "tool_choice", "tracing")
    return {key: session[key] for key in same_keys} | {
        "modalities": _modalities(session),
        "voice": output["voice"],
        "speed": output["speed"],
        "output_audio_format": _format(output),
        **flat,
        "temperature": temperature,
        "max_response_output_tokens": session["max_output_tokens"],
    }


def item_json(item: Json) -> Json:
    """An item of GA as beta has it."""
    result = {"id": item["id"], "object": "realtime.item"} | item
    if "content" in item:
        result["content"] = [{**part, "type": _CONTENT.get(part["type"], part["type"])} for part in item["content"]]
    return result


def _transcription_update(session: Json) -> Json:
    """The update without what it says of its own secret and of modalities: such a session writes only."""
    given = {key: value for key, value in session.items() if key not in ("client_secret", "modalities")}
    return {"type": "transcription", **nested(given, "session")}


def _modalities(ga: Json) -> list[str]:
    return ["text"] if ga["output_modalities"] == ["text"] else ["text", "audio"]


def _format(side: Json) -> str:
    """The format of a side of the sound that has one."""
    return FORMATS[side["format"]["type"]]


def _error(error: Json) -> Json:
    """Its `param` as the client wrote it, also in the message."""
    param = error["param"]
    if param is None or (flat := flat_param(param)) == param:
        return error
    return {**error, "param": flat, "message": error["message"].replace(param, flat)}
