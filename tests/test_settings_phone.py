"""Settings of the phone: what makes no sense is said, and the password is shown nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent.config import load
from edge_agent.errors import ConfigError
from edge_agent.phone.numbers import LOOPBACK
from edge_agent.phone.setup import setup_of, webhook_secret
from edge_agent.settings.phone import PhoneSettings


def test_of_itself_it_listens_to_this_machine_alone_and_calls_nobody() -> None:
    setup = setup_of(PhoneSettings())
    assert (setup.host, setup.port, setup.allow, setup.registers) == ("127.0.0.1", 5060, LOOPBACK, False)
    assert PhoneSettings().allow_out == ()


def test_an_account_is_registered_and_its_registrar_alone_may_call(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("s3cret\n")
    own = PhoneSettings(
        listen="[::1]:5062", account="620@192.168.178.1", password_file=tmp_path / "password", max_calls=3
    )
    setup = setup_of(own)
    assert (setup.user, setup.domain, setup.password, setup.registers) == ("620", "192.168.178.1", "s3cret", True)
    assert (setup.host, setup.port, setup.allow, setup.most_calls) == ("::1", 5062, (), 7)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"listen": "here"}, "no address with a port"),
        ({"listen": "127.0.0.1:0"}, "no address with a port"),
        ({"listen": "phone.local:5060"}, "no address with a port"),
        ({"account": "620"}, "no account"),
        ({"account": "620@box;x=y"}, "no account"),
        ({"codecs": "gsm"}, "gsm is no codec"),
        ({"allow": "10.0.0.0/33"}, "neither an address nor a network"),
        ({"password": "a", "password_file": "b"}, "two places for one thing"),
        ({"webhook_secret": "a", "webhook_secret_file": "b"}, "two places for one thing"),
        ({"caller_password": "a", "caller_password_file": "b"}, "two places for one thing"),
        ({"caller_user": "a;b"}, "caller_user"),
        ({"caller_user": "door", "account": "620@10.0.0.1"}, "cannot prove"),
        ({"webhook": "http://192.168.1.5/calls"}, "no address of this machine"),
        ({"webhook": "https://127.0.0.1/calls"}, "no address of this machine"),
        ({"webhook": "http://example.com/calls"}, "no address of this machine"),
        ({"webhook": "http://127.0.0.1:x/calls"}, "no address of this machine"),
        ({"webhook": "calls"}, "no address of this machine"),
    ],
)
def test_what_makes_no_sense_is_said(values: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load({"phone": values})


@pytest.mark.parametrize("values", [{}, {"caller_password": "a;b"}, {"caller_password_file": "/nowhere/password"}])
def test_callers_are_asked_for_a_password_that_is_there_and_can_be_told(values: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="password"):
        setup_of(load({"phone": {"caller_user": "door", **values}}).phone)


@pytest.mark.parametrize("values", [{}, {"password_file": "/nowhere/password"}])
def test_an_account_wants_a_password(values: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="password"):
        setup_of(load({"phone": {"account": "620@10.0.0.1", **values}}).phone)


def test_the_password_is_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_AGENT_PHONE__PASSWORD", "s3cret")
    settings = load({"phone": {"account": "620@10.0.0.1"}})
    assert settings.phone.password == "s3cret"
    assert "s3cret" not in repr(settings)
    assert settings.without_secrets().phone.password is None
    monkeypatch.setenv("EDGE_AGENT_PHONE__PASSWORD_FILE", "x")
    with pytest.raises(ConfigError) as raised:
        load()
    assert "s3cret" not in str(raised.value)


def test_a_password_is_not_taken_from_a_command_line() -> None:
    from edge_agent.config import parse_set

    with pytest.raises(ConfigError, match="read the command line"):
        parse_set(["phone.password=s3cret"])


def test_people_have_names_and_numbers_in_the_order_in_which_they_are_given() -> None:
    own = PhoneSettings(people="Anna=611, the workshop = sip:612@10.0.0.1")  # type: ignore[arg-type]
    assert list(own.numbers.items()) == [("Anna", "611"), ("the workshop", "sip:612@10.0.0.1")]
    for wrong in ("Anna", "=611", "Anna=", "Anna=6 11"):
        with pytest.raises(ValueError, match="no name with a number"):
            PhoneSettings(people=(wrong,))


def test_the_secret_of_the_webhook_is_read_and_shown_nowhere(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("whsec_c2VjcmV0\n")
    own = {"webhook": "http://localhost:8000/calls"}
    assert (
        webhook_secret(load({"phone": own | {"webhook_secret_file": str(tmp_path / "secret")}}).phone)
        == "whsec_c2VjcmV0"
    )
    settings = load({"phone": own | {"webhook_secret": "whsec_c2VjcmV0"}})
    assert "c2VjcmV0" not in repr(settings)
    assert settings.without_secrets().phone.webhook_secret is None
    for values in (own, own | {"webhook_secret_file": "/nowhere/secret"}):
        with pytest.raises(ConfigError, match="secret"):
            webhook_secret(load({"phone": values}).phone)
