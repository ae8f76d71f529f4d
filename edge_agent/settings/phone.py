"""Phone: the settings of calls over SIP. See docs/phone.md."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator, model_validator

from edge_agent.settings.group import Group, Names
from edge_agent.settings.tools import is_here

CODECS = ("opus", "g722", "pcmu", "pcma")
SIP_PORT = 5060


def _known(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names or (wrong := [name for name in names if name not in CODECS]):
        raise ValueError(f"{', '.join(wrong) if names else 'none'} is no codec: use {', '.join(CODECS)}")
    return names


Codecs = Annotated[Names, AfterValidator(_known)]


class PhoneSettings(Group):
    """`edge-agent phone`, and the door `phone` of `serve`. See docs/phone.md."""

    listen: str = f"127.0.0.1:{SIP_PORT}"
    """Address and port to listen at: that of this machine in the network where the telephones or the router are."""
    account: str | None = None
    """Where it registers, such as "620@192.168.178.1": user, and address of the registrar, with ":PORT" if that is not
    5060. If not set, it registers nowhere, and is called by its address (a trunk)."""
    password: str | None = Field(default=None, min_length=1, repr=False)
    """The account's. Better in a file; never with --set, where other users of the machine can read it."""
    password_file: Path | None = None
    """A file that holds nothing but the password, such as one that systemd's LoadCredential= makes."""
    transport: Literal["udp", "tcp", "tls"] = "udp"
    """How it speaks to the registrar. TLS alone is encrypted. It listens to UDP and TCP at the port of `listen`, and
    with a certificate to TLS at the next one."""
    certificate: Path | None = None
    """A PEM file with the certificate and the key of this machine, for callers who come by TLS."""
    authorities: Path | None = None
    """A PEM file with the certificates that may vouch for a registrar; if not set, those of the system."""
    srtp: Literal["off", "wanted", "required", "dtls"] = "off"
    """Whether sound is encrypted: "wanted" where the other side can, and "required" always, with keys that SIP carries
    (SDES: only TLS keeps them from others); "dtls" always, with keys that both sides agree on (DTLS-SRTP)."""
    codecs: Codecs = CODECS
    """The codecs that are offered and taken, the best liked first: opus, g722, pcmu, pcma."""
    echo: Literal["off", "on"] = "off"
    """Whether our own voice is taken out of what comes back: "on" for an analogue line, where the agent is interrupted
    by its own echo. Needs the extra `room`."""
    allow: Names = ()
    """Addresses and networks from which calls are taken, such as "192.168.178.0/24". Those of the registrar always are.
    If neither is set: this machine alone."""
    callers: Names = ()
    """Numbers whose calls are taken, as their network tells them; all if not set. It is a filter and no proof."""
    caller_user: str | None = Field(default=None, pattern=r"^[\w.+-]+$")
    """The user that callers have to be, by digest authentication with the password below; each telephone that may call
    is set up with both. For a line without `account`: a registrar proves nothing."""
    caller_password: str | None = Field(default=None, min_length=1, repr=False)
    """The callers'. Better in a file; never with --set."""
    caller_password_file: Path | None = None
    """A file that holds nothing but this password."""
    allow_out: Names = ()
    """Numbers that `edge-agent phone call` may call; "0123*" for all that begin so. None if not set."""
    skills: Literal["harmless", "all"] = "harmless"
    """What callers may ask for: the time, sums and talk alone; or "all" that you may, with your lists, your calendar,
    what you had it remember, your tools and your home. Whoever may call is then trusted as you are."""
    agent: Path | None = None
    """The folder of an agent that answers callers in place of the assistant: see docs/agents.md."""
    people: Names = ()
    """People whom callers can be put through to, and where: "Anna=611" or "the workshop=sip:612@192.168.178.1", the one
    for anybody first. If not set, a message is taken."""
    transfer: Literal["attended", "blind"] = "attended"
    """How: "attended" calls the person first, and joins the caller to them, who hears music; "blind" has the caller's
    telephone call them."""
    record_consent: bool = False
    """Whether a caller is told first that the call is recorded, which many countries ask for where `edge-agent history`
    keeps what is said."""
    greeting: str | None = None
    """What is said when it has picked up; if not set, a sentence in the language of the voice. "" is not possible:
    whoever calls wants to hear that somebody is there."""
    webhook: str | None = None
    """Where each call is announced to a program of this machine, which answers it through the Realtime API, such as
    "http://127.0.0.1:8000/calls"; `serve` alone does that. If not set, the device's own agent answers."""
    webhook_secret: str | None = Field(default=None, min_length=1, repr=False)
    """What announcements are signed with: "whsec_" and a key in base64. Better in a file; never with --set."""
    webhook_secret_file: Path | None = None
    """A file that holds nothing but this secret."""
    webhook_s: float = Field(default=20, ge=1, le=120)
    """The program has so long to accept a call, which rings meanwhile."""
    webhook_else: Literal["busy", "agent"] = "busy"
    """What becomes of a call that no program has accepted by then: it is busy, or the device's own agent answers."""
    max_calls: int = Field(default=1, ge=1, le=20)
    """Calls at the same time. They share the engines: while one is answered, the others wait for their answers."""
    busy: str | None = None
    """What a further caller is told before it hangs up; if not set, they hear that it is busy."""
    max_minutes: float = Field(default=30, gt=0, le=1440)
    """The longest call."""
    silence_s: float = Field(default=20, ge=3, le=600)
    """Silence after which the caller is asked whether they are still there; after as much again it hangs up."""

    @property
    def numbers(self) -> dict[str, str]:
        """The numbers of `people` by their names."""
        pairs = (each.partition("=") for each in self.people)
        return {name.strip(): uri.strip() for name, _, uri in pairs}

    @property
    def host(self) -> str:
        """The address of `listen`."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port of `listen`."""
        return int(self.listen.rpartition(":")[2])

    @field_validator("listen")
    @classmethod
    def _address_and_port(cls, listen: str) -> str:
        host, _, port = listen.rpartition(":")
        try:
            ipaddress.ip_address(host.strip("[]"))
            good = 0 < int(port) < 65536
        except ValueError:
            good = False
        if not good:
            raise ValueError(f"'{listen}' is no address with a port, such as 192.168.178.20:{SIP_PORT}")
        return listen

    @field_validator("account")
    @classmethod
    def _user_and_registrar(cls, account: str | None) -> str | None:
        if account is not None and not re.fullmatch(r"[^\s@:;<>\"?]+@[^\s@;<>\"?]+", account):
            raise ValueError(f"'{account}' is no account such as 620@192.168.178.1")
        return account

    @field_validator("allow")
    @classmethod
    def _networks(cls, allow: tuple[str, ...]) -> tuple[str, ...]:
        for each in allow:
            try:
                ipaddress.ip_network(each, strict=False)
            except ValueError:
                raise ValueError(f"'{each}' is neither an address nor a network such as 192.168.178.0/24") from None
        return allow

    @field_validator("webhook")
    @classmethod
    def _on_this_machine(cls, webhook: str | None) -> str | None:
        try:
            url = urlsplit(webhook or "")
            here = url.scheme == "http" and is_here(webhook or "")
            _ = url.port
        except ValueError:
            here = False
        if webhook is not None and not here:
            raise ValueError(f"'{webhook}' is no address of this machine, such as http://127.0.0.1:8000/calls")
        return webhook

    @field_validator("people")
    @classmethod
    def _names_and_numbers(cls, people: tuple[str, ...]) -> tuple[str, ...]:
        for each in people:
            name, _, uri = each.partition("=")
            if not name.strip() or not re.fullmatch(r"[^\s<>\"]+", uri.strip()):
                raise ValueError(f"'{each}' is no name with a number, such as Anna=611")
        return people

    @model_validator(mode="after")
    def _callers_of_a_registrar_have_no_password(self) -> Self:
        if self.account is not None and self.caller_user is not None:
            raise ValueError("a registrar cannot prove who it is: set account or caller_user")
        return self

    @model_validator(mode="after")
    def _one_place_for_each_secret(self) -> Self:
        for one in ("password", "caller_password", "webhook_secret"):
            if getattr(self, one) is not None and getattr(self, f"{one}_file") is not None:
                raise ValueError(f"{one} and {one}_file are two places for one thing")
        return self
