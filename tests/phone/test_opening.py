"""The real stack is opened and registers: what is wrong is said. The registrar is the test's own."""

from __future__ import annotations

import threading

import pytest
from phone.telephone import free_port

from edge_agent.phone.handover import said_by
from edge_agent.phone.messages import Registered
from edge_agent.phone.setup import tried
from edge_agent.phone.stack import PhoneError
from edge_agent.settings.phone import PhoneSettings
from tests.rigs.sip.registrar import Registrar


def own(port: int = 0, **more: object) -> PhoneSettings:
    return PhoneSettings(**{"listen": f"127.0.0.1:{port or free_port()}", **more})  # type: ignore[arg-type]


def account(registrar: Registrar, password: str) -> dict[str, object]:
    return {"account": f"620@127.0.0.1:{registrar.port}", "password": password}


def test_an_address_of_another_machine_is_said_and_how_to_mend_it() -> None:
    """192.0.2.1 is nobody's (RFC 5737)."""
    with pytest.raises(PhoneError, match=r"192\.0\.2\.1:5060 \(Cannot assign") as raised:
        list(tried(PhoneSettings(listen="192.0.2.1:5060")))
    assert "phone.listen" in (raised.value.fix or "")


def test_what_registers_nowhere_says_from_where_it_is_called() -> None:
    port = free_port()
    said = list(tried(own(port)))
    assert said[:1] == [f"It can listen at 127.0.0.1:{port}."]
    assert "127.0.0.0/8" in said[1]
    assert "No other machine can call it" in said[2]


def test_the_registrar_takes_the_right_password_and_no_other() -> None:
    with Registrar("620", "s3cret") as registrar:
        with pytest.raises(PhoneError, match=r"refuses.*401"):
            list(tried(own(**account(registrar, "wrong"))))
        assert not registrar.registered.is_set()
        assert list(tried(own(**account(registrar, "s3cret"))))[-1].startswith("It is registered as 620@")
        assert registrar.registered.is_set()


@pytest.mark.slow
def test_a_registrar_that_says_nothing_does_not_answer() -> None:
    with Registrar("620", "s3cret", deaf=True) as registrar, pytest.raises(PhoneError, match="does not answer"):
        list(tried(own(**account(registrar, "s3cret"))))


def test_what_the_registrar_says_is_told_apart_from_why_it_was_not_heard() -> None:
    baresip = pytest.importorskip("baresip")
    for error, said, was_heard in (
        (baresip.RegistrationError("registration failed: 403", status=403, reason="Forbidden"), "403 Forbidden", True),
        (baresip.RegistrationError("no registration outcome within 10 s"), "no registration outcome", False),
        (baresip.RegistrationError("failed", reason="Connection refused"), "Connection refused", False),
    ):
        news = Registered(False, said_by(error))
        assert news.said.startswith(said)
        assert news.was_heard is was_heard


def test_no_thread_is_left() -> None:
    list(tried(own()))
    assert [each.name for each in threading.enumerate() if each.name == "sip"] == []
