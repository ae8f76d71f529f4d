"""Setup: settings -> how the stack is opened, and whether it can be."""

from __future__ import annotations

import ipaddress
import os
import queue
import ssl
from collections.abc import Iterator
from pathlib import Path

from edge_agent.clock import RealClock
from edge_agent.errors import ConfigError
from edge_agent.phone import opening
from edge_agent.phone.messages import Registered, StackSetup
from edge_agent.phone.numbers import LOOPBACK
from edge_agent.phone.stack import PhoneError, SipStack
from edge_agent.settings.phone import PhoneSettings
from edge_agent.types import HEAR_RATE_HZ

TRIED_S = 15.0
"""A registrar has so long to answer a test."""


def setup_of(own: PhoneSettings) -> StackSetup:
    """How the stack is opened with these settings. Raises ConfigError for a password that is not there."""
    user, _, domain = (own.account or f"edge-agent@{own.listen}").partition("@")
    return StackSetup(
        host=own.host,
        port=own.port,
        transport=own.transport,
        user=user,
        domain=domain,
        password=_password(own) if own.account else "",
        registers=own.account is not None,
        codecs=own.codecs,
        allow=own.allow or (() if own.account else LOOPBACK),
        callers=own.callers,
        most_calls=2 * own.max_calls + 1,  # a call, somebody it is put through to, and one that hears that it is busy
        srtp=own.srtp,
        certificate=_file(own.certificate, "phone.certificate"),
        authorities=_file(own.authorities, "phone.authorities") or (ssl.get_default_verify_paths().cafile or ""),
        caller_user=own.caller_user or "",
        caller_password=_caller_password(own) if own.caller_user else "",
    )


def _file(file: Path | None, name: str) -> str:
    """The path of a file that is there; "" of none. Raises ConfigError."""
    if file is None:
        return ""
    path = str(file.expanduser())
    if not os.access(path, os.R_OK) or set(path) & set(" \t\n"):
        raise ConfigError(
            f"{name}: {path} cannot be read, or has a blank in its name, which the SIP stack cannot take."
        )
    return path


def _password(own: PhoneSettings) -> str:
    fix = "edge-agent config set phone.password_file FILE"
    return _kept(own.password, own.password_file, "password", "phone.account is set, and no password.", fix)


def _caller_password(own: PhoneSettings) -> str:
    fix, missing = "edge-agent config set phone.caller_password_file FILE", "phone.caller_user is set, and no password."
    password = _kept(own.caller_password, own.caller_password_file, "password", missing, fix)
    if not password or set(password) & set(';<>"\\ \t'):
        raise ConfigError("The callers' password is empty, or has a blank or one of ; < > \" \\ in it.")
    return password


def webhook_secret(own: PhoneSettings) -> str:
    """What announcements of calls are signed with. Raises ConfigError for a secret that is not there."""
    fix = 'echo "whsec_$(openssl rand -base64 24)" > FILE; edge-agent config set phone.webhook_secret_file FILE'
    missing = "phone.webhook is set, and no secret to sign with."
    return _kept(own.webhook_secret, own.webhook_secret_file, "secret", missing, fix)


def _kept(value: str | None, file: Path | None, what: str, missing: str, fix: str) -> str:
    """A secret that is set, or in a file. Raises ConfigError: `missing` where there is neither, with what mends it, and
    for a file that cannot be read."""
    if value is not None:
        return value
    if file is None:
        raise ConfigError(missing, fix=fix)
    try:
        return file.expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The {what} file {file} cannot be read ({type(error).__name__}).") from None


def tried(own: PhoneSettings) -> Iterator[str]:
    """Opens the stack without engines, and says what works. Raises EdgeAgentError where something does not."""
    opening.check()
    answers: queue.Queue[Registered] = queue.Queue()
    stack = SipStack(setup_of(own), lambda line: line.hang_up(), RealClock(), HEAR_RATE_HZ, on_registered=answers.put)
    stack.open()
    try:
        yield f"It can listen at {own.listen}."
        if own.account is None:
            networks = ", ".join(own.allow or LOOPBACK)
            yield f"It registers nowhere, and takes calls from {networks}."
            if ipaddress.ip_address(own.host).is_loopback:
                yield "No other machine can call it, until phone.listen is this machine's address in your network."
            return
        try:
            answer = answers.get(timeout=TRIED_S)
        except queue.Empty:
            raise PhoneError(f"The registrar of {own.account} does not answer.") from None
        if not answer.is_so:
            does = "refuses" if answer.was_heard else "does not answer"
            raise PhoneError(f"The registrar of {own.account} {does} ({answer.said}).")
        yield f"It is registered as {own.account} ({answer.said})."
    finally:
        stack.close()
