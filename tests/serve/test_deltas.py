"""The sound of answers as events: what it is cut into, which items do not mix, what is reported as sent."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from edge_agent.serve.audio import AudioFormat, Outgoing, bytes_per_ms
from edge_agent.serve.deltas import Deltas
from edge_agent.serve.realtime_protocol.outputs import Flush, Play, Played

RATE_HZ = 22_050
TONE = np.sin(np.arange(RATE_HZ, dtype=np.float32) / 8) / 2
NOTHING = np.zeros(0, np.float32)


def play(
    samples: Any, item: str = "item_1", *, last: bool = False, format: AudioFormat = "pcm16", index: int = 0
) -> Play:
    return Play("resp_1", item, index, samples, RATE_HZ, format, last)


def blocks(item: str = "item_1", format: AudioFormat = "pcm16", block: int = 441) -> list[Play]:
    parts = [play(TONE[i : i + block], item, format=format) for i in range(0, len(TONE), block)]
    return [*parts, play(NOTHING, item, last=True, format=format)]


def sounds(deltas: Deltas, plays: list[Play | Flush]) -> dict[str, tuple[bytes, int]]:
    """Of each item the bytes and the samples that were sent."""
    found: dict[str, tuple[bytes, int]] = {}
    for each in plays:
        if sent := deltas.take(each):
            data, count = found.get(each.item_id, (b"", 0))
            delta = base64.b64decode(sent.event["delta"]) if sent.event else b""
            assert sent.report.item_id == each.item_id
            found[each.item_id] = data + delta, count + sent.report.count
    return found


@pytest.mark.parametrize("format", ["pcm16", "g711_ulaw", "g711_alaw"])
@pytest.mark.parametrize("block", [441, 17, 30_000])
def test_what_is_sent_is_the_sound_however_it_came(format: AudioFormat, block: int) -> None:
    data, count = sounds(Deltas("ga"), [*blocks(format=format, block=block)])["item_1"]
    assert data == Outgoing(format, RATE_HZ).push(TONE, last=True)
    assert count == len(TONE)
    assert len(data) == pytest.approx(1000 * bytes_per_ms(format), abs=bytes_per_ms(format))


def test_the_first_sound_leaves_at_once_and_the_rest_in_ever_larger_pieces() -> None:
    deltas = Deltas("ga")
    counts = [sent.report.count // 441 for each in blocks() if (sent := deltas.take(each))]
    assert counts == [1, 2, 4, 5, 5, 5, 5, 5, 5, 5, 5, 3]


def test_items_do_not_mix() -> None:
    both = [each for pair in zip(blocks("a"), blocks("b", "g711_ulaw"), strict=True) for each in pair]
    found = sounds(Deltas("ga"), [*both])
    assert found["a"][0] == Outgoing("pcm16", RATE_HZ).push(TONE, last=True)
    assert found["b"][0] == Outgoing("g711_ulaw", RATE_HZ).push(TONE, last=True)


def test_a_flush_drops_what_was_not_sent_of_that_item_alone() -> None:
    deltas = Deltas("ga")
    for item in "ab":
        for each in blocks(item)[:4]:
            deltas.take(each)  # the fourth waits for a fifth
    assert deltas.take(Flush("a")) is None
    assert sounds(deltas, [play(NOTHING, "b", last=True)])["b"][1] == 441
    assert deltas.take(Flush("a")) is None
    assert sounds(deltas, [*blocks("a")])["a"][0] == Outgoing("pcm16", RATE_HZ).push(TONE, last=True)


@pytest.mark.parametrize(("dialect", "type"), [("ga", "response.output_audio.delta"), ("beta", "response.audio.delta")])
def test_the_event_says_where_it_belongs(dialect: str, type: str) -> None:
    sent = Deltas(dialect, lambda kind: f"{kind}_1").take(play(TONE[:441], index=2))
    assert sent
    assert sent.event
    assert sent.event.pop("delta")
    place = {"response_id": "resp_1", "item_id": "item_1", "output_index": 2, "content_index": 0}
    assert sent.event == {"type": type, "event_id": "event_1", **place}


def test_less_than_a_sample_of_the_wire_is_reported_too() -> None:
    sent = Deltas("ga").take(play(TONE[:1], format="g711_ulaw", last=True))
    assert sent
    assert (sent.event, sent.report) == (None, Played("item_1", 1))


def test_an_end_of_nothing_is_nothing() -> None:
    assert Deltas("ga").take(play(NOTHING, last=True)) is None
