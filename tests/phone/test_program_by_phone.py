"""A program answers real SIP calls through the Realtime API: `edge-agent serve --door phone` with real models, OpenAI's
own client, and a telephone of the tests. No telephone network can be reached from a test.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from phone.telephone import RATE_HZ, free_port, until
from real_server import serving
from serve.answering import SECRET, Program

from edge_agent import build
from edge_agent.config import load
from edge_agent.doors.phone import FILE
from edge_agent.phone.record import CallRecords
from edge_agent.resample import resample
from edge_agent.serve import g711
from edge_agent.types import HEAR_RATE_HZ
from tests.rigs.sip.peer import SipPeer, telephone

pytestmark = [pytest.mark.slow, pytest.mark.model]

GREETING = "Say: Welcome to the garden centre. How can I help you?"


@contextlib.contextmanager
def served(program: Program, folder: Path) -> Iterator[tuple[int, int]]:
    """The program's server and phone; yields the ports of both."""
    port = free_port()
    own = {"listen": f"127.0.0.1:{port}", "webhook": program.url, "people": "Anna=sip:anna@127.0.0.9"}
    flags = [part for name, value in own.items() for part in ("--set", f"phone.{name}={value}")]
    environment = {"STATE_DIRECTORY": str(folder), "RUNTIME_DIRECTORY": str(folder)}
    environment |= {**os.environ, "EDGE_AGENT_PHONE__WEBHOOK_SECRET": SECRET} | environment
    with serving(
        ["--port", "0", "--profile", "tiny", "--door", "phone", *flags], r"127\.0\.0\.1:(\d+)/v1 ", environment
    ) as (ready, _):
        until((folder / FILE).exists, 30)
        yield int(ready[1]), port


@contextlib.contextmanager
def listening(peer: SipPeer) -> Iterator[list[bytes]]:
    """The telephone says nothing and hears; what it hears is in the list."""
    heard, over = list[bytes](), threading.Event()

    def speak() -> None:
        while not over.wait(0.02):
            peer.packet()

    def listen() -> None:
        while not over.is_set():
            heard.append(peer.heard(0.2))

    threads = [threading.Thread(target=each, daemon=True) for each in (speak, listen)]
    for thread in threads:
        thread.start()
    try:
        yield heard
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_a_program_greets_a_caller_hears_keys_puts_them_through_and_hangs_up(tmp_path: Path) -> None:
    with Program().listening() as program, served(program, tmp_path) as (http, sip), telephone(sip) as peer:
        client = program.client(http)
        peer.dial()
        told = program.incoming.get(timeout=10)
        assert {"From", "To", "Call-ID"} <= {each.name for each in told.data.sip_headers}
        id = told.data.call_id
        client.realtime.calls.accept(id, type="realtime", instructions="You answer for a garden centre. Be brief.")
        peer.picked_up()
        with listening(peer) as heard, client.realtime.connect(call_id=id) as beside:
            peer.settle()
            beside.response.create(response={"instructions": GREETING})
            while beside.recv().type != "output_audio_buffer.stopped":
                pass
            peer.press("5")
            while (event := beside.recv()).type != "input_audio_buffer.dtmf_event_received":
                pass
            assert event.event == "5"
        sound = g711.decode(b"".join(heard), "alaw").astype(np.float32) / np.float32(32768)
        settings = load({"models": {"profile": "tiny"}, "engines": {"isolation": "thread"}})
        words = build.asr(settings, build.choose(settings).asr).transcribe(resample(sound, RATE_HZ, HEAR_RATE_HZ)).text
        assert len(words.split()) > 2, words
        referring = threading.Thread(
            target=client.realtime.calls.refer, args=(id,), kwargs={"target_uri": "sip:anna@127.0.0.9"}
        )
        referring.start()
        peer.answer(peer.expect("REFER"), 202, "Accepted")
        peer.request(
            "NOTIFY", "SIP/2.0 200 OK\r\n", "message/sipfrag", ("Event", "refer"), ("Subscription-State", "terminated")
        )
        peer.agree("BYE")
        referring.join(10)
        until(lambda: CallRecords(tmp_path).all())
        with telephone(sip) as other:
            other.dial("another")
            id = program.incoming.get(timeout=10).data.call_id
            client.realtime.calls.accept(id, type="realtime")
            other.picked_up()
            client.realtime.calls.hangup(id)
            other.agree("BYE")
            assert "BYE" in other.met
        until(lambda: len(CallRecords(tmp_path).all()) == 2)
        assert [each.ended for each in CallRecords(tmp_path).all()] == ["transferred", "agent"]
