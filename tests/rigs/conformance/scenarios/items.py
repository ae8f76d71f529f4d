"""Items of the conversation that a client makes, reads, deletes and cuts."""

from __future__ import annotations

import base64
from typing import Any

from tests.rigs.conformance.client import Line, NotShown, Server, check
from tests.rigs.conformance.names import Json
from tests.rigs.conformance.orders import TEXT, expect
from tests.rigs.conformance.scenario import scenario
from tests.rigs.conformance.speech import PCM_PER_MS
from tests.rigs.conformance.steps import configure, responded, spoken_answer


def _message(role: str, text: str, **fields: Any) -> Json:
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}], **fields}


async def _created(line: Line, item: Json, **fields: Any) -> Json:
    """The `conversation.item.added` that answers to it; its `done` must follow at once."""
    await line.send("conversation.item.create", item=item, **fields)
    events = await line.until("conversation.item.done")
    expect(events, ["conversation.item.added", "conversation.item.done"])
    return events[0]


@scenario
async def history_seeding(server: Server) -> None:
    """Messages of all roles, a call and its result are taken in order, each with the right `previous_item_id`."""
    call = {"type": "function_call", "call_id": "call_1", "name": "get_weather", "arguments": '{"city":"Oslo"}'}
    history = [
        _message("system", "The user is called Ada."),
        _message("user", "What is the weather in Oslo?"),
        call,
        {"type": "function_call_output", "call_id": "call_1", "output": "rain"},
        _message("assistant", "It rains."),
        _message("user", "Thank you. What is my name?"),
    ]
    async with server.connect() as line:
        await configure(line)
        previous = None
        for item in history:
            added = await _created(line, item)
            check(
                added["previous_item_id"] == previous, f"previous_item_id {added['previous_item_id']}, not {previous}"
            )
            check(added["item"]["type"] == item["type"], f"the item became a {added['item']['type']}")
            check(
                added["item"].get("content", "") == item.get("content", ""), f"content {added['item'].get('content')}"
            )
            previous = added["item"]["id"]
        expect(await responded(line), TEXT)


@scenario
async def insert(server: Server) -> None:
    """`previous_item_id` puts an item behind another one, "root" in front of all; an unknown one is an error."""
    async with server.connect() as line:
        await configure(line)
        first = (await _created(line, _message("user", "one")))["item"]["id"]
        last = (await _created(line, _message("user", "three")))["item"]["id"]
        between = await _created(line, _message("user", "two"), previous_item_id=first)
        check(between["previous_item_id"] == first, f"previous_item_id {between['previous_item_id']}")
        front = await _created(line, _message("system", "zero"), previous_item_id="root")
        check(front["previous_item_id"] is None, f"previous_item_id {front['previous_item_id']} of the first item")
        end = await _created(line, _message("user", "four"))
        check(end["previous_item_id"] == last, f"previous_item_id {end['previous_item_id']}, the last was {last}")
        item = _message("user", "nowhere")
        id = await line.send("conversation.item.create", item=item, previous_item_id="item_unknown")
        await line.error(None, id)


@scenario
async def ids_of_the_client(server: Server) -> None:
    """An item keeps the id that its client gives it, and no id is given twice."""
    async with server.connect() as line:
        await configure(line)
        added = await _created(line, _message("user", "one", id="item_of_mine"))
        check(added["item"]["id"] == "item_of_mine", f"the id became {added['item']['id']}")
        id = await line.send("conversation.item.create", item=_message("user", "two", id="item_of_mine"))
        await line.error("item_create_duplicate_item_id", id)


@scenario
async def retrieve_and_delete(server: Server) -> None:
    """An item can be read until it is deleted; both are errors of known codes after that."""
    async with server.connect() as line:
        await configure(line)
        item = await line.say("one")
        await line.send("conversation.item.retrieve", item_id=item["id"])
        found = (await line.until("conversation.item.retrieved"))[-1]["item"]
        check(found == item, f"retrieved {found}, announced {item}")
        await line.send("conversation.item.delete", item_id=item["id"])
        deleted = (await line.until("conversation.item.deleted"))[-1]["item_id"]
        check(deleted == item["id"], f"{deleted} was deleted")
        for verb in ("retrieve", "delete"):
            id = await line.send(f"conversation.item.{verb}", item_id=item["id"])
            await line.error(f"item_{verb}_invalid_item_id", id)


@scenario
async def truncate(server: Server) -> None:
    """What was not heard of an answer is cut: `truncated` comes, and `retrieve` shows less text and sound."""
    async with server.connect() as line:
        await configure(line, spoken=True)
        id = await spoken_answer(line)
        whole = await _part(line, id)
        for end_ms in (200, 0):
            await line.send("conversation.item.truncate", item_id=id, content_index=0, audio_end_ms=end_ms)
            event = (await line.until("conversation.item.truncated"))[-1]
            shown = (event["item_id"], event["content_index"], event["audio_end_ms"])
            check(shown == (id, 0, end_ms), f"truncated says {shown}")
            cut = await _part(line, id)
            check(
                len(cut.get("transcript") or "") < len(whole["transcript"]), f"the text is still {cut['transcript']!r}"
            )
            sound = base64.b64decode(cut.get("audio") or "")
            check(len(sound) <= end_ms * PCM_PER_MS, f"{len(sound)} bytes of sound after a cut at {end_ms} ms")
        check(not (cut.get("transcript") or "").strip(), f"after a cut at 0 ms the text is {cut['transcript']!r}")


@scenario
async def truncate_refused(server: Server) -> None:
    """Only sound of the assistant can be cut: an unknown item and one of the user are errors."""
    async with server.connect() as line:
        await configure(line)
        user = await line.say("one")
        for item_id, code in (("item_unknown", "item_truncate_invalid_item_id"), (user["id"], "invalid_value")):
            id = await line.send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=0)
            await line.error(code, id)


@scenario
async def retrieve_sound(server: Server) -> None:
    """A short spoken answer is retrieved with its sound."""
    async with server.connect() as line:
        await configure(line, spoken=True)
        part = await _part(line, await spoken_answer(line))
        if not part.get("audio"):
            raise NotShown("the item comes without its sound")
        check(len(base64.b64decode(part["audio"])) >= 100 * PCM_PER_MS, "less than 100 ms of sound")


async def _part(line: Line, id: str) -> Json:
    """The content of an item of the assistant, as it is now."""
    await line.send("conversation.item.retrieve", item_id=id)
    content = (await line.until("conversation.item.retrieved"))[-1]["item"]["content"]
    return dict(content[0]) if content else {}
