"""Opening: whether there can be a SIP stack here, and what it is configured with. Runs in the SIP process, but for
`check`."""

from __future__ import annotations

import errno
import importlib.util
import logging
import os
import socket
import sys
from typing import Any

from edge_agent.errors import EdgeAgentError
from edge_agent.phone.messages import StackSetup
from edge_agent.phone.silent import SILENT_PEER_S

INSTALL = f"{sys.executable} -m pip install 'baresip-python>=0.5.2a3,<0.6'"
CODECS = {"opus": "opus/48000/2", "g722": "g722/16000/1", "pcmu": "pcmu", "pcma": "pcma"}
SRTP: dict[str, tuple[str, ...]] = {
    "off": (),
    "wanted": ("mediaenc=srtp",),
    "required": ("mediaenc=srtp-mand",),
    "dtls": ("mediaenc=dtls_srtp",),
}
DIED = 70
"""The process ends with this where the stack has died."""


class NoSip(EdgeAgentError):
    """The package is not there, or the stack could not be opened."""


def check() -> None:
    """Raises NoSip where there can be no phone."""
    if importlib.util.find_spec("baresip") is None:
        raise NoSip("SIP is not installed.", fix=INSTALL)


def check_address(host: str, port: int) -> None:
    """Raises NoSip for an address that is not this machine's, or is taken: the stack itself does not notice."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as tried:
        try:
            tried.bind((host, port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            look = "another port, if this one is not another phone: edge-agent phone status"
            raise NoSip(
                f"The phone cannot be opened at {host}:{port} ({error.strerror}).",
                fix="edge-agent config set phone.listen ADDRESS:PORT  # "
                + (look if taken else "an address of this machine: ip address"),
            ) from None


def config(baresip: Any, setup: StackSetup, *, ordered: bool) -> Any:
    """The stack's settings (baresip.Config). `ordered`: what comes in is put in order before it sees it."""
    buffer = "type off" if ordered else "type adaptive\naudio_jitter_buffer_ms 10-120"
    return baresip.Config(
        net_interface=setup.host if setup.host not in ("0.0.0.0", "::") else None,
        max_concurrent_calls=setup.most_calls,
        rtp_timeout=SILENT_PEER_S,
        sip_trace=True,
        extra_config_text=f"sip_listen {_bracketed(setup.host)}:{setup.port}\n"
        f"audio_jitter_buffer_{buffer}\n" + _tls(setup),
    )


def _bracketed(host: str) -> str:
    """An address as it stands before a port."""
    return f"[{host}]" if ":" in host else host


def _tls(setup: StackSetup) -> str:
    """The lines for TLS. Whoever it calls by TLS has to prove who they are."""
    given = {"sip_certificate": setup.certificate, "sip_cafile": setup.authorities}
    return "".join(f"{key} {file}\n" for key, file in given.items() if file) + "sip_verify_server yes\n"


def accounts(baresip: Any, setup: StackSetup) -> list[Any]:
    """Whom it is, and where it registers (baresip.Account). The first is the one that calls; a line without registrar
    has one for each further way in, as the stack takes calls for an account by its transport alone."""
    ways = ("udp", "tcp", *(("tls",) if setup.certificate else ()))
    others = () if setup.registers else (way for way in ways if way != setup.transport)
    return [_account(baresip, setup, way) for way in (setup.transport, *others)]


def _account(baresip: Any, setup: StackSetup, transport: str) -> Any:
    return baresip.Account(
        setup.user,
        setup.domain,
        setup.password,
        reg_interval=300 if setup.registers else 0,
        transport=transport,
        audio_codecs=tuple(CODECS[name] for name in setup.codecs),
        extra_params=(
            *SRTP[setup.srtp],
            *(() if setup.registers else ("catchall=yes",)),  # a trunk is called by whatever number
            *((f"uas_user={setup.caller_user}", f"uas_pass={setup.caller_password}") if setup.caller_user else ()),
        ),
    )


def read_logs(trace: logging.Handler) -> None:
    """The trace goes to `trace` alone: it holds numbers, and answers to the registrar's questions. Where the stack says
    that it is dead, the process ends."""
    messages = logging.getLogger("baresip.native.sip")
    messages.setLevel(logging.DEBUG)
    messages.propagate = False
    messages.addHandler(trace)
    logging.getLogger("baresip.runtime").addHandler(_Death(logging.CRITICAL))


class _Death(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        os._exit(DIED)
