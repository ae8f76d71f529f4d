"""A call and its agent: real threads and a real host, scripted engines; the SIP process is played by the test."""

from __future__ import annotations

import time

import numpy as np
import pytest
from doors.phone_peer import LONG, Peer, calling, hosted, sayings, wait

from edge_agent.config import load
from edge_agent.doors.phone import PhoneDoor
from edge_agent.doors.phone_call import CallKit, PhoneCall
from edge_agent.errors import ConfigError, EngineError
from edge_agent.events import HeardText, Interrupted, Saying, TurnDone
from edge_agent.phone import opening
from edge_agent.phone.messages import HangUp, OnHold, Pressed
from edge_agent.phone.sayings import rendered
from edge_agent.phone.silent import NO_SOUND
from edge_agent.serve.phone_calls import HeldCall
from edge_agent.settings.phone import PhoneSettings
from edge_agent.types import Samples


def test_the_greeting_is_heard_at_once_and_a_turn_is_answered_aloud() -> None:
    peer = Peer()
    with hosted("hello") as host, calling(peer, host) as ended:
        greeting = peer.until(TurnDone)
        assert [each.text for each in peer.events if isinstance(each, Saying)] == ["Hello how can I help?"]
        first_s = next(at for at, level in peer.heard if level > 0.1)
        assert first_s - peer.picked_up_s < 0.15
        assert greeting.played_s == pytest.approx(0.5)
        peer.says = 25
        assert peer.until(HeardText).text == "hello"
        assert peer.until(TurnDone, 2).played_s == pytest.approx(0.4)
        peer.hangs_up()
        record = ended()
    assert (record.who, record.codec, record.turns, record.ended) == ("…456@10.0.0.1", "PCMA", 1, "caller")
    assert (record.lost, record.jitter_ms, record.mos) == (0.05, 1.5, 4.1)
    assert record.seconds > 1


def test_whoever_speaks_into_the_answer_is_heard_and_the_answer_is_over() -> None:
    peer = Peer()
    with hosted("long") as host, calling(peer, host):
        peer.until(TurnDone)
        peer.says = 25
        wait(lambda: any(isinstance(each, Saying) and each.text.startswith("one two") for each in peer.events))
        time.sleep(0.5)
        peer.says = 75
        began_s = time.monotonic()
        cut = peer.until(Interrupted)
        assert 0 < cut.played_s < 1.6
        assert LONG.startswith(cut.spoken)
        wait(lambda: time.monotonic() - peer.heard[-1][0] > 0.2)
        assert peer.heard[-1][0] - began_s < 0.6


def test_who_hangs_up_in_the_middle_has_heard_so_much_and_no_more() -> None:
    peer = Peer()
    with hosted("long") as host, calling(peer, host) as ended:
        peer.until(TurnDone)
        peer.says = 25
        wait(lambda: any(isinstance(each, Saying) and each.text.startswith("one two") for each in peer.events))
        time.sleep(0.6)
        peer.hangs_up()
        record = ended()
    cut = peer.until(Interrupted)
    assert 0.4 < cut.played_s < 1.0
    assert 3 <= len(cut.spoken.split()) <= 9
    assert LONG.startswith(cut.spoken)
    assert record.ended == "caller"


def test_keys_end_the_answer_and_are_what_the_user_says() -> None:
    peer = Peer()
    with hosted("long") as host, calling(peer, host) as ended:
        peer.until(TurnDone)
        peer.says = 25
        wait(lambda: any(isinstance(each, Saying) and each.text.startswith("one two") for each in peer.events))
        time.sleep(0.3)
        for digit in "4711#":
            peer.line.take(Pressed("in1", digit))
        peer.until(Interrupted)
        assert peer.until(HeardText, 2).text == "4711"
        peer.until(TurnDone, 2)
        assert [each.text for each in peer.events if isinstance(each, Saying)][-1] == "Thank you."
        peer.hangs_up()
        assert ended().turns == 2


def test_who_says_nothing_is_asked_once_then_left() -> None:
    """With a clock that is ten times as fast."""
    peer = Peer(rate=10)
    with hosted() as host, calling(peer, host, PhoneSettings(silence_s=8)) as ended:
        record = ended()
    assert record.ended == "silence"
    said = [each.text for each in peer.events if isinstance(each, Saying)]
    assert said == ["Hello how can I help?", "Are you there?"]
    assert peer.orders[-1] == HangUp("in1")
    assert len([1 for at, level in peer.heard if level > 0.1]) * 0.02 == pytest.approx(0.5 + 0.3 + 0.1, abs=0.2)


def test_whoever_holds_the_call_is_not_asked_and_hears_no_more_of_the_answer() -> None:
    """With a clock that is ten times as fast."""
    peer = Peer(rate=10)
    with hosted("long") as host, calling(peer, host, PhoneSettings(silence_s=8)) as ended:
        peer.until(TurnDone)
        peer.says = 25
        wait(lambda: any(isinstance(each, Saying) and each.text.startswith("one two") for each in peer.events))
        peer.line.take(OnHold("in1", True))
        assert LONG.startswith(peer.until(Interrupted).spoken)
        time.sleep(1.5)
        peer.line.take(OnHold("in1", False))
        assert not any(isinstance(each, Saying) and each.text == "Are you there?" for each in peer.events)
        assert ended().ended == "silence"


def test_a_call_that_lasts_too_long_is_said_goodbye_to() -> None:
    peer = Peer(rate=100)
    with hosted() as host, calling(peer, host, PhoneSettings(max_minutes=1, silence_s=600)) as ended:
        assert ended().ended == "too long"


def test_a_peer_of_which_no_sound_comes_any_more_is_not_said_to_have_hung_up() -> None:
    peer = Peer()
    with hosted() as host, calling(peer, host) as ended:
        peer.until(TurnDone)
        peer.hangs_up(why=NO_SOUND)
        assert ended().ended == "no sound"


def test_who_does_not_pick_up_costs_no_conversation() -> None:
    peer = Peer(rate=200, outgoing=True)
    peer.answers = False
    with hosted() as host, calling(peer, host) as ended:
        record = ended()
    assert (record.ended, record.seconds, record.outgoing) == ("not answered", 0.0, True)
    assert peer.events == []


def test_a_call_that_a_program_decides_about_has_a_record_and_any_other_is_still_ours() -> None:
    peer = Peer()
    with hosted() as host:
        call = PhoneCall(peer.line, CallKit(sayings(host), PhoneSettings()), peer.wall)
        assert call.offer(lambda line, refer: None) is None
        record = call.offer(lambda line, refer: HeldCall("transferred", 12.0))
    assert record
    assert (record.who, record.ended, record.turns) == ("…456@10.0.0.1", "transferred", 0)
    assert record.seconds == pytest.approx(12, abs=0.2)


@pytest.mark.parametrize("busy", ["", "All lines are busy."])
def test_a_further_caller_hears_that_it_is_busy(busy: str) -> None:
    peer = Peer()
    with hosted() as host:
        record = PhoneCall(peer.line, CallKit(sayings(host, busy), PhoneSettings()), peer.wall).turn_away()
    assert record.ended == "busy"
    assert peer.orders[-1] == HangUp("in1")
    loud: Samples = np.array([level for _, level in peer.heard])
    assert (loud > 0.1).sum() * 0.02 == pytest.approx(0.4 if busy else 0.0, abs=0.1)


def test_a_voice_that_fails_is_found_out_before_anybody_calls() -> None:
    with hosted() as host, pytest.raises(EngineError, match="could not say"):
        rendered(host, "unspeakable")


def test_calls_for_programs_want_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "check", lambda: None)
    own = {"webhook": "http://127.0.0.1:8000/calls"}
    with hosted() as host, pytest.raises(ConfigError, match="by way of the server"):
        PhoneDoor(load({"phone": own})).run(host)
