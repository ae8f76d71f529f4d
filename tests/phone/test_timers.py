"""Session timers: what is agreed, when a call is refreshed, and when it is over."""

from __future__ import annotations

import pytest

from edge_agent.phone.timers import SessionTimers, answer

ALLOW = "Allow: INVITE, ACK, BYE, UPDATE"
OURS, THEIRS = "Session-Expires: 90;refresher=uas", "Session-Expires: 90;refresher=uac"
CALL = "abc"


class Call:
    """One that has come to us, and was picked up at 0 s."""

    def __init__(self, agreed: str, allow: str = ALLOW) -> None:
        self.timers = SessionTimers()
        self.invite(f"INVITE sip:a@b SIP/2.0\n{allow}\nContact: <sip:peer@b>")
        self.answered(agreed, 0.0, sent=True)

    def invite(self, head: str) -> None:
        self.timers.take(CALL, head, 0.0, sent=False, method="INVITE", status=0)

    def answered(self, said: str, now: float, *, sent: bool, method: str = "INVITE") -> None:
        head = f"SIP/2.0 200 OK\n{said}\nContact: <sip:{'agent' if sent else 'peer'}@b>"
        self.timers.take(CALL, head, now, sent=sent, method=method, status=200)

    def due(self, now: float) -> list[str]:
        return [due for _, _, due in self.timers.due(now)]


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        ("Supported: replaces", ""),
        ("Supported: timer, replaces\nSession-Expires: 1800", "Require: timer|Session-Expires: 1800;refresher=uac"),
        ("k: timer\nx: 1800;refresher=uas", "Session-Expires: 1800;refresher=uas"),
        ("Require: timer\nsession-expires : 90 ;refresher=UAC", "Require: timer|Session-Expires: 90;refresher=uac"),
        ("Session-Expires: 600;refresher=uac", "Session-Expires: 600;refresher=uas"),  # of a proxy; the caller has none
    ],
)
def test_a_caller_that_can_refresh_the_call_does_unless_it_wants_us_to(said: str, lines: str) -> None:
    assert answer(said).split("\r\n")[1:] == [each for each in lines.split("|") if each]


def test_a_call_that_is_ours_to_refresh_is_at_half_its_time_and_over_where_nobody_answers() -> None:
    call = Call(OURS)
    assert [call.due(at) for at in (0.0, 44.0, 45.0, 46.0, 59.0, 60.0, 61.0)] == [
        [],
        [],
        ["update"],
        [],
        [],
        ["end"],
        [],
    ]


def test_each_answer_begins_the_time_anew() -> None:
    call = Call(OURS)
    for at in (45.0, 90.5):
        assert call.due(at) == ["update"]
        call.answered(THEIRS, at + 0.5, sent=False, method="UPDATE")  # in our request we are the client
    assert call.due(130.0) == []
    assert call.due(136.0) == ["update"]
    assert "refresher=uac" in call.timers.running[CALL].head
    assert "Contact: <sip:agent@b>" in call.timers.running[CALL].head


def test_who_does_not_know_update_is_asked_by_an_invite() -> None:
    call = Call(OURS, "Allow: INVITE, BYE")
    assert call.due(45.0) == ["invite"]
    call.answered("", 45.5, sent=False)
    assert [call.due(at) for at in (46.0, 90.0, 91.0)] == [[], [], ["invite"]]


def test_a_peer_that_refreshes_no_longer_is_left_before_the_time_is_over() -> None:
    call = Call(THEIRS)
    assert [call.due(at) for at in (45.0, 59.0, 60.0)] == [[], [], ["end"]]


def test_what_a_change_has_not_spoken_of_is_agreed_anew() -> None:
    """The stack's own re-INVITE, and its answers to the peer's, say nothing of the timer."""
    for sent in (False, True):
        call = Call(THEIRS)
        call.answered("", 40.0, sent=sent)
        assert call.due(41.0) == ["update"]
        assert "refresher=uas" in call.timers.running[CALL].head
        call.answered(OURS, 41.5, sent=False, method="UPDATE")
        assert [call.due(at) for at in (42.0, 101.0, 102.0)] == [[], [], ["end"]]


@pytest.mark.parametrize("allow", [ALLOW, "Allow: INVITE"])
def test_a_peer_that_speaks_of_no_timer_is_not_held_to_one(allow: str) -> None:
    call = Call(THEIRS, allow)
    call.answered("", 1.0, sent=False, method="UPDATE")
    assert call.due(1000.0) == []


def test_of_calls_that_are_over_or_of_a_flood_nothing_grows() -> None:
    call = Call(OURS)
    for number in range(2000):
        call.timers.take(str(number), f"INVITE\n{ALLOW}", 0.0, sent=False, method="INVITE", status=0)
    assert call.due(45.0) == ["update"]
    call.timers.forget(CALL)
    assert call.due(90.0) == []
    assert all(len(each) <= 501 for each in vars(call.timers).values())
