"""What a client did wrong, and the `error` event that says so. Codes: the OpenAI API reference."""

from __future__ import annotations

from edge_agent.types import Json


class ClientError(Exception):
    """A client event that cannot be followed. Nothing has changed; the session stays open.

    `param` is the dotted path of what is wrong ("session.tools[0].name"); `event_id` the client's own name of its
    event, once that much of it could be read.
    """

    def __init__(
        self,
        code: str,
        message: str,
        param: str | None = None,
        *,
        type: str = "invalid_request_error",
        event_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.param = code, message, param
        self.type, self.event_id = type, event_id


def error_event(error: ClientError, event_id: str | None = None) -> Json:
    """The `error` event, but for its own id. `event_id`: of the client event, unless the error names it itself."""
    return {
        "type": "error",
        "error": {
            "type": error.type,
            "code": error.code,
            "message": error.message,
            "param": error.param,
            "event_id": error.event_id or event_id,
        },
    }


def no_active_response() -> ClientError:
    return ClientError("response_cancel_not_active", "Cancellation failed: no active response found")


def active_response(response_id: str) -> ClientError:
    return ClientError(
        "conversation_already_has_active_response",
        f"Conversation already has an active response in progress: {response_id}. "
        "Wait until the response is finished before creating a new one.",
    )


def commit_too_short(buffered_ms: float) -> ClientError:
    return ClientError(
        "input_audio_buffer_commit_empty",
        "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, "
        f"but buffer only has {buffered_ms:.2f}ms of audio.",
    )


_VERBS = {"retrieve": "retrieving", "truncate": "truncating", "delete": "deleting"}


def no_such_item(action: str, item_id: str) -> ClientError:
    """`action`: retrieve, truncate or delete."""
    return ClientError(
        f"item_{action}_invalid_item_id",
        f"Error {_VERBS[action]} item: the item with id '{item_id}' does not exist.",
        "item_id",
    )


def item_exists(item_id: str) -> ClientError:
    return ClientError(
        "item_create_duplicate_item_id", f"Error adding item: an item with id '{item_id}' already exists.", "item.id"
    )


def no_previous_item(item_id: str) -> ClientError:
    return ClientError(
        "invalid_value",
        f"Error adding item: the previous item with id '{item_id}' does not exist.",
        "previous_item_id",
    )


def voice_locked(param: str) -> ClientError:
    return ClientError(
        "cannot_update_voice", "Cannot update a conversation's voice if assistant audio is present.", param
    )


def unknown_parameter(param: str) -> ClientError:
    return ClientError("unknown_parameter", f"Unknown parameter: '{param}'.", param)


def missing_parameter(param: str) -> ClientError:
    return ClientError("missing_required_parameter", f"Missing required parameter: '{param}'.", param)


def invalid_type(param: str, expected: str, value: object) -> ClientError:
    """`expected` with its article: "a string"."""
    return ClientError(
        "invalid_type", f"Invalid type for '{param}': expected {expected}, but got {_kind(value)} instead.", param
    )


def invalid_value(param: str, why: str) -> ClientError:
    """`why`: one sentence."""
    return ClientError("invalid_value", f"Invalid value for '{param}': {why}", param)


def string_too_long(param: str, most: int) -> ClientError:
    return ClientError(
        "string_above_max_length", f"Invalid '{param}': string too long. At most {most} are allowed.", param
    )


def _kind(value: object) -> str:
    """What JSON calls it, with its article."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "a boolean"
    kinds = {str: "a string", int: "an integer", float: "a number", list: "an array", dict: "an object"}
    return kinds.get(type(value), "something else")
