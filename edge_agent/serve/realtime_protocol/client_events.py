"""What comes in from a client: a raw frame becomes an event whose fields are there and of the right types."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def parse(frame: str | bytes, *, beta: bool = False) -> Json:
    """The event in `frame`, in its own dialect. Raises ClientError for anything else, and nothing else.

    Of its fields the outermost are checked: required ones are there and optional ones are absent instead of null, so
    that `event["item"]` is an object and `event.get("previous_item_id")` a string or None. `event["audio"]` of an
    append is bytes already (any number of them, odd ones too); `audio_end_ms` and `content_index` are whole numbers.
    The error's `event_id` is that of the event, where it has one.
    """
    raise NotImplementedError
