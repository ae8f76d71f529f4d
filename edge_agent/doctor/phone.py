"""Doctor's look at the phone: what would be opened to the network, and whether it can be."""

from __future__ import annotations

from edge_agent.doctor.finding import Doubt
from edge_agent.errors import EdgeAgentError
from edge_agent.phone import opening
from edge_agent.phone.numbers import LOOPBACK
from edge_agent.phone.setup import setup_of, webhook_secret
from edge_agent.settings import Settings
from edge_agent.settings.phone import PhoneSettings


def phone(settings: Settings) -> str:
    """Says what `edge-agent phone run` opens, and to whom. Where nothing is set, that is no trouble."""
    own = settings.phone
    if own == PhoneSettings() and "phone" not in settings.doors.open:
        return "not set up"
    try:
        opening.check()
        setup = setup_of(own)
        announced = f"; announces calls to {own.webhook}" * bool(own.webhook and webhook_secret(own))
    except EdgeAgentError as error:
        raise Doubt(error.args[0], fix=error.fix) from None
    account = f", registers at {setup.domain}" if setup.registers else ""
    allow = [*(["the registrar"] if setup.registers else []), *setup.allow]
    is_open = setup.registers or not set(setup.allow) <= set(LOOPBACK)
    sound = {"off": "not encrypted", "wanted": "encrypted where the other side can"}.get(setup.srtp, "encrypted")
    away = f"; sound is {sound}" if is_open else ""
    account += " by TLS" * (setup.registers and setup.transport == "tls")
    return f"listens at {own.listen} (SIP, RTP){account}; takes calls from {', '.join(allow)}{away}{announced}"
