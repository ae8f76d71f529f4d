"""What doctor says of the phone: what is opened, to whom, and what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent.config import load
from edge_agent.doctor.finding import Doubt
from edge_agent.doctor.phone import phone
from edge_agent.phone import opening


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "check", lambda: None)


def test_what_is_not_set_up_is_no_trouble() -> None:
    assert phone(load()) == "not set up"


def test_what_is_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("s3cret")
    own = {"listen": "192.168.178.20:5060", "account": "620@192.168.178.1", "allow": ["192.168.178.0/28"]}
    said = phone(load({"phone": own | {"password_file": str(tmp_path / "password")}}))
    for word in ("192.168.178.20:5060", "registers at 192.168.178.1", "192.168.178.0/28", "sound is not encrypted"):
        assert word in said
    own |= {"srtp": "required", "transport": "tls"}
    said = phone(load({"phone": own | {"password_file": str(tmp_path / "password")}}))
    assert "registers at 192.168.178.1 by TLS" in said
    assert "sound is encrypted" in said
    assert "s3cret" not in said
    assert "not encrypted" not in phone(load({"doors": {"open": "phone"}}))


def test_the_address_of_the_webhook_is_named() -> None:
    own = {"webhook": "http://127.0.0.1:8000/calls", "webhook_secret": "whsec_c2VjcmV0"}
    said = phone(load({"phone": own}))
    assert "announces calls to http://127.0.0.1:8000/calls" in said
    assert "c2VjcmV0" not in said
    with pytest.raises(Doubt, match="no secret"):
        phone(load({"phone": {"webhook": "http://127.0.0.1:8000/calls"}}))


def test_what_is_missing_is_a_doubt() -> None:
    with pytest.raises(Doubt, match="no password"):
        phone(load({"phone": {"account": "620@10.0.0.1"}}))
