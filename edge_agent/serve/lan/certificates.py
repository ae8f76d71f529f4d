"""Certificates: those of an authority and of its server, as phones and browsers take them (EC P-256, X.509).

Whoever installs an authority on a phone trusts whoever has its key. So ours can vouch for nothing but the addresses of
houses and names that no domain of the internet has (RFC 5280, name constraints): stolen, it opens no bank.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from edge_agent.serve.lan.networks import LOCAL, NETWORKS

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

AUTHORITY_DAYS = 3652
"""Ten years: it is installed by hand."""
SERVER_DAYS = 397
"""Browsers take none that lasts longer than 398 days (CA/Browser Forum, baseline requirements 6.3.2)."""
EARLIER = timedelta(days=1)
"""How long before it is made each begins: the clock of a phone may be slow."""


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: EllipticCurvePrivateKey


def new_authority(label: str, now: datetime) -> Certified:
    """An authority for the machine that is called `label`, and for no other but by address."""
    from cryptography import x509

    own: list[x509.GeneralName] = [x509.IPAddress(network) for network in NETWORKS]
    own += [x509.DNSName(name) for name in (LOCAL, label)]
    extensions: list[x509.ExtensionType] = [
        x509.BasicConstraints(ca=True, path_length=0),
        _usage(signs=True),
        x509.NameConstraints(own, None),
    ]
    return _made(f"edge_agent of {label}", extensions, (now - EARLIER, now + timedelta(days=AUTHORITY_DAYS)))


def new_server(authority: Certified, names: Iterable[str], now: datetime) -> Certified:
    """What a server shows that is reached under `names`, of which those that the authority may not vouch for are left
    out. It ends before the authority does."""
    from cryptography import x509

    subjects = [_subject(name) for name in sorted(set(names)) if _may(authority.certificate, name)]
    extensions: list[x509.ExtensionType] = [
        x509.BasicConstraints(ca=False, path_length=None),
        _usage(signs=False),
        x509.ExtendedKeyUsage([x509.OID_SERVER_AUTH]),
        x509.SubjectAlternativeName(subjects),
    ]
    ends = min(now + timedelta(days=SERVER_DAYS) - EARLIER, authority.certificate.not_valid_after_utc)
    return _made("edge_agent", extensions, (now - EARLIER, ends), authority)


def names_of(server: x509.Certificate) -> frozenset[str]:
    """The addresses and names that it is for."""
    from cryptography import x509

    subjects = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return frozenset(map(str, subjects.get_values_for_type(x509.IPAddress))) | frozenset(
        subjects.get_values_for_type(x509.DNSName)
    )


def vouched(authority: Certified, names: Iterable[str]) -> frozenset[str]:
    """Those names that the authority may vouch for."""
    return frozenset(name for name in names if _may(authority.certificate, name))


def is_issued_by(server: x509.Certificate, authority: Certified) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        server.verify_directly_issued_by(authority.certificate)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def der(certified: Certified) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certified.certificate.public_bytes(Encoding.DER)


def to_pem(certified: Certified) -> str:
    """Its key, in the clear, and behind it the certificate."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = certified.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return (key + certified.certificate.public_bytes(Encoding.PEM)).decode()


def from_pem(text: str) -> Certified:
    """Raises ValueError for what `to_pem` has not made."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key, certificate = load_pem_private_key(text.encode(), None), x509.load_pem_x509_certificate(text.encode())
    if not isinstance(key, EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise ValueError("the key is not that of the certificate")
    return Certified(certificate, key)


def _made(
    name: str,
    extensions: Iterable[x509.ExtensionType],
    valid: tuple[datetime, datetime],
    authority: Certified | None = None,
) -> Certified:
    """A certificate with a new key, signed by the authority, or by itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    signing = authority.key if authority else key
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name[:64])])
    building = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority.certificate.subject if authority else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid[0])
        .not_valid_after(valid[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
    )
    for each in extensions:
        critical = isinstance(each, x509.BasicConstraints | x509.KeyUsage | x509.NameConstraints)
        building = building.add_extension(each, critical=critical)
    return Certified(building.sign(signing, hashes.SHA256()), key)


def _usage(*, signs: bool) -> x509.KeyUsage:
    """An authority signs certificates, a server its handshakes."""
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _subject(name: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _may(authority: x509.Certificate, name: str) -> bool:
    """Whether the name is within the constraints of the authority."""
    from cryptography import x509

    own = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return any(isinstance(each, x509.DNSName) and f".{name}".endswith(f".{each.value}") for each in own)
    networks = (ipaddress.ip_network(str(each.value)) for each in own if isinstance(each, x509.IPAddress))
    return any(address in network for network in networks)
