"""The authority and the certificate of its server, as Python's own TLS judges them; what is renewed, and power cuts."""

from __future__ import annotations

import os
import ssl
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge_agent.errors import ServeError
from edge_agent.serve.lan.authority import Authority
from edge_agent.serve.lan.certificates import Certified, der, from_pem, names_of, new_authority, new_server, to_pem
from edge_agent.serve.lan.networks import of_the_house

ADDRESSES = ("192.168.1.5", "fd00::5")
NOW = datetime.now(UTC).replace(microsecond=0)


class Device:
    """A state directory, and a clock that is set by hand."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now = folder / "lan", NOW

    def authority(self, label: str = "box") -> Authority:
        return Authority(self.folder, label, lambda: self.now)

    def shown(self):
        return from_pem((self.folder / "server.pem").read_text()).certificate


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path)


def shake_hands(server_file: Path, trusted: bytes, name: str) -> None:
    """Raises SSLError unless a client that trusts this authority takes the server for `name`. Without a socket."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(server_file)
    asking = ssl.create_default_context(cadata=trusted)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        asking.wrap_bio(to_client, to_server, server_hostname=name),
        serving.wrap_bio(to_server, to_client, server_side=True),
    ]
    for end in ends * 3:
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue
    assert all(end.version() for end in ends)


@pytest.mark.parametrize("name", [*ADDRESSES, "box.local", "box"])
def test_who_trusts_the_authority_trusts_its_server_by_each_name(device: Device, name: str) -> None:
    authority = device.authority()
    assert authority.renew(ADDRESSES)
    shake_hands(authority.server_file, authority.certificate, name)


def test_other_names_and_other_authorities_are_refused(device: Device, tmp_path: Path) -> None:
    authority = device.authority()
    authority.renew(ADDRESSES)
    for name in ("192.168.1.6", "other.local"):
        with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
            shake_hands(authority.server_file, authority.certificate, name)
    with pytest.raises(ssl.SSLCertVerificationError, match=r"verify failed"):
        shake_hands(authority.server_file, Device(tmp_path / "b").authority().certificate, "192.168.1.5")


def test_it_vouches_for_nothing_on_the_internet_even_with_its_key(tmp_path: Path) -> None:
    """Whoever has stolen the key would leave nothing out, so clients are asked."""
    authority = new_authority("box", NOW)
    assert names_of(new_server(authority, ["bank.example", "8.8.8.8", "10.0.0.1"], NOW).certificate) == {"10.0.0.1"}
    wider = Certified(new_authority("bank.example", NOW).certificate, authority.key)
    forged = new_server(wider, ["bank.example"], NOW)
    file = tmp_path / "forged.pem"
    file.write_text(to_pem(forged))
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(file, der(authority), "bank.example")


def test_the_certificate_is_as_phones_want_it(device: Device) -> None:
    from cryptography import x509

    authority = device.authority()
    authority.renew(ADDRESSES)
    shown = device.shown()
    assert shown.not_valid_after_utc - shown.not_valid_before_utc <= timedelta(days=398)
    usages = shown.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usages) == [x509.OID_SERVER_AUTH]
    assert not shown.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    own = x509.load_der_x509_certificate(authority.certificate)
    assert own.extensions.get_extension_for_class(x509.BasicConstraints).value == x509.BasicConstraints(True, 0)
    assert own.extensions.get_extension_for_class(x509.NameConstraints).critical
    assert len(authority.fingerprint) == 95
    assert own.fingerprint(own.signature_hash_algorithm).hex(":").upper() == authority.fingerprint


def test_both_files_are_for_their_owner_alone(device: Device) -> None:
    device.authority().renew(ADDRESSES)
    assert stat.S_IMODE(device.folder.stat().st_mode) == 0o700
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in device.folder.iterdir()}
    assert modes == {"authority.pem": 0o600, "server.pem": 0o600}


def test_the_next_start_has_the_same_authority_and_the_same_certificate(device: Device) -> None:
    first = device.authority()
    first.renew(ADDRESSES)
    serial = device.shown().serial_number
    again = device.authority()
    assert not again.renew(ADDRESSES)
    assert (again.fingerprint, device.shown().serial_number) == (first.fingerprint, serial)


def test_other_addresses_need_another_certificate(device: Device) -> None:
    authority = device.authority()
    authority.renew(ADDRESSES)
    assert authority.renew(("192.168.7.7",))
    assert names_of(device.shown()) == {"192.168.7.7", "box", "box.local"}
    shake_hands(authority.server_file, authority.certificate, "192.168.7.7")


def test_it_is_renewed_a_month_before_its_end_and_when_the_clock_was_wrong(device: Device) -> None:
    authority = device.authority()
    authority.renew(ADDRESSES)
    device.now = NOW + timedelta(days=365)
    assert not authority.renew(ADDRESSES)
    device.now = NOW + timedelta(days=367)
    assert authority.renew(ADDRESSES)
    device.now = NOW
    assert authority.renew(ADDRESSES), "it would begin in the future"


def test_a_certificate_does_not_outlive_its_authority_which_says_when_it_has_ended(device: Device) -> None:
    authority = device.authority()
    device.now = authority.ends - timedelta(days=3)
    assert authority.renew(ADDRESSES)
    assert device.shown().not_valid_after_utc == authority.ends
    assert not authority.renew(ADDRESSES), "another one would not last longer"
    device.now = authority.ends
    with pytest.raises(ServeError, match="ended on") as caught:
        authority.renew(ADDRESSES)
    assert caught.value.fix == f"rm {device.folder / 'authority.pem'}"


def test_a_machine_that_was_renamed_keeps_its_authority_which_knows_the_new_name_in_its_network(device: Device) -> None:
    device.authority("box")
    authority = device.authority("den")
    authority.renew(ADDRESSES)
    assert authority.names() == {"den.local"}
    shake_hands(authority.server_file, authority.certificate, "den.local")


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_power_cut_leaves_no_authority_or_a_whole_one(
    device: Device, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(*((os, "fsync") if failing == "fsync" else (Path, "replace")), fail)
        with pytest.raises(ServeError, match=r"cannot be written \(Input/output error\)"):
            device.authority()
    assert list(device.folder.iterdir()) == []
    authority = device.authority()
    assert device.authority().fingerprint == authority.fingerprint


def test_a_damaged_authority_is_said_and_not_replaced_behind_the_backs_of_the_phones(device: Device) -> None:
    device.authority()
    file = device.folder / "authority.pem"
    text = file.read_text()
    for damaged in (text[: len(text) // 2], "", text.replace("BEGIN CERT", "BEGIN CARD")):
        file.write_text(damaged)
        with pytest.raises(ServeError, match="is no authority") as caught:
            device.authority()
        assert caught.value.fix == f"rm {file}"
        assert file.read_text() == damaged


def test_a_damaged_certificate_of_the_server_is_made_anew(device: Device) -> None:
    device.authority().renew(ADDRESSES)
    (device.folder / "server.pem").write_text("nothing")
    authority = device.authority()
    assert authority.renew(ADDRESSES)
    shake_hands(authority.server_file, authority.certificate, "box.local")


def test_with_a_clock_of_another_time_nothing_is_made(device: Device) -> None:
    device.now = datetime(1970, 1, 1, tzinfo=UTC)
    with pytest.raises(ServeError, match="The clock of this machine says 1970-01-01"):
        device.authority()


def test_without_its_packages_the_extra_is_named(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "segno", None)
    with pytest.raises(ServeError, match="needs the extra `webrtc`: the package segno is missing") as caught:
        device.authority()
    assert "pip install" in str(caught.value.fix)


def test_the_house_is_what_no_router_leads_to_and_the_way_out_comes_first() -> None:
    found = [
        ("lo", "127.0.0.1"),
        ("docker0", "172.17.0.1"),
        ("eth0", "203.0.113.7"),
        ("wlan0", "fd12::7"),
        ("wlan0", "192.168.1.5"),
        ("wlan0", "2001:db8::1"),
    ]
    assert of_the_house(found, "wlan0") == ["192.168.1.5", "fd12::7", "172.17.0.1"]
    assert of_the_house(found, None) == ["172.17.0.1", "192.168.1.5", "fd12::7"]
