"""Who may call, who may be called, and what of a number is written."""

from __future__ import annotations

import pytest

from edge_agent.phone.numbers import LOOPBACK, masked, may_be_called, turned_away


@pytest.mark.parametrize(
    ("address", "allow", "is_taken"),
    [
        ("127.0.0.1", LOOPBACK, True),
        ("::1", LOOPBACK, True),
        ("192.168.178.30", LOOPBACK, False),
        ("192.168.178.30", ("192.168.178.0/24",), True),
        ("192.168.179.30", ("192.168.178.0/24",), False),
        ("192.168.178.1", ("192.168.178.1",), True),
        ("", ("0.0.0.0/0", "::/0"), False),
        ("nonsense", ("0.0.0.0/0",), False),
        ("10.0.0.1", (), False),
    ],
)
def test_a_call_is_taken_from_an_address_that_is_allowed(address: str, allow: tuple[str, ...], is_taken: bool) -> None:
    assert (turned_away("sip:anybody@anywhere", address, allow, ()) is None) is is_taken


@pytest.mark.parametrize(
    ("caller", "is_taken"),
    [
        ("sip:+49301234@10.0.0.1", True),
        ("<sip:+49 30 12-34@10.0.0.1;user=phone>", True),
        ("sip:+49301235@10.0.0.1", False),
        ("sip:10.0.0.1", False),
        ("", False),
    ],
)
def test_where_callers_are_named_others_are_turned_away(caller: str, is_taken: bool) -> None:
    assert (turned_away(caller, "10.0.0.1", ("10.0.0.1",), ("+49 30 1234",)) is None) is is_taken


@pytest.mark.parametrize(
    ("uri", "allow_out", "may"),
    [
        ("**611", (), False),
        ("**611", ("**611",), True),
        ("sip:0301234@10.0.0.1", ("030*",), True),
        ("sip:0311234@10.0.0.1", ("030*",), False),
        ("0900 123", ("*",), True),
        ("sip:10.0.0.1", (), False),
        ("", ("*",), False),
    ],
)
def test_nobody_is_called_who_is_not_named(uri: str, allow_out: tuple[str, ...], may: bool) -> None:
    assert may_be_called(uri, allow_out) is may


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("sip:+4930123456@192.168.1.1;user=phone", "…456@192.168.1.1"),
        ("<sip:620@10.0.0.1>", "620@10.0.0.1"),
        ("0301234567", "…567"),
        ("sip:10.0.0.1", "…0.1"),
        ("", ""),
    ],
)
def test_a_number_is_written_by_its_last_digits(uri: str, shown: str) -> None:
    assert masked(uri) == shown
