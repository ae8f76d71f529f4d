"""Calls over TLS, and with SRTP, between two of our own SIP stacks; the certificates are the test's own."""

from __future__ import annotations

import datetime
import ipaddress
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from phone.stacks import at, listen, opened, pitch
from phone.telephone import free_port
from tiers import fast_first

from edge_agent.errors import ConfigError
from edge_agent.phone.setup import setup_of
from edge_agent.settings.phone import PhoneSettings


def certificate(folder: Path, address: str = "127.0.0.1") -> Path:
    """A PEM file with a key and a certificate that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{address}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


def hears(called: PhoneSettings, caller: PhoneSettings, uri: str) -> bool:
    """Whether the caller is answered; both hear each other then."""
    with opened(called) as one, opened(caller, 700.0) as other:
        line = other.stack.dial(uri)
        while not line.picked_up.wait(0.05):
            if line.over.is_set():
                return False
        threading.Thread(target=other.says, args=(line,), daemon=True).start()
        there = one.lines.get(timeout=5)
        assert pitch(listen(line, 2.5)[24_000:], 16_000) == pytest.approx(440, abs=3)
        assert pitch(listen(there, 2.5)[24_000:], 16_000) == pytest.approx(700, abs=3)
        return True


@pytest.mark.parametrize(
    ("called", "caller", "is_answered"),
    fast_first(
        [
            ("required", "required", True),
            ("required", "off", False),
            ("dtls", "dtls", True),
            ("wanted", "wanted", True),
            ("wanted", "off", True),
            ("off", "required", False),
        ],
        fast=2,
    ),
)
def test_sound_is_encrypted_as_it_is_set(called: str, caller: str, is_answered: bool) -> None:
    port = free_port()
    one, other = at(port, srtp=called), at(free_port(), srtp=caller)
    assert hears(one, other, f"sip:anybody@127.0.0.1:{port}") is is_answered


def test_a_call_comes_by_tls_to_whoever_proves_who_they_are(tmp_path: Path) -> None:
    port, file = free_port(), certificate(tmp_path)
    one = at(port, certificate=file, srtp="required")
    other = at(free_port(), transport="tls", certificate=file, authorities=file, srtp="required")
    assert hears(one, other, f"sip:anybody@127.0.0.1:{port + 1};transport=tls")


@pytest.mark.slow
def test_a_call_may_come_by_tcp() -> None:
    port = free_port()
    assert hears(at(port), at(free_port(), transport="tcp"), f"sip:anybody@127.0.0.1:{port};transport=tcp")


def test_nobody_is_called_by_tls_who_cannot_prove_it(tmp_path: Path) -> None:
    port, file = free_port(), certificate(tmp_path)
    (tmp_path / "others").mkdir()
    strangers = certificate(tmp_path / "others")
    one = at(port, certificate=file)
    other = at(free_port(), transport="tls", certificate=file, authorities=strangers)
    with opened(one), opened(other) as caller:
        line = caller.stack.dial(f"sip:anybody@127.0.0.1:{port + 1};transport=tls")
        assert line.over.wait(5)
        assert line.end
        assert "404" not in line.end.why
        assert not line.picked_up.is_set()


@pytest.mark.parametrize("name", ["certificate", "authorities"])
def test_a_file_that_is_not_there_or_has_a_blank_in_its_name_is_said(tmp_path: Path, name: str) -> None:
    (tmp_path / "my file").touch()
    for file in (tmp_path / "none", tmp_path / "my file"):
        with pytest.raises(ConfigError, match=f"phone.{name}"):
            setup_of(PhoneSettings(**{name: file}))  # type: ignore[arg-type]
