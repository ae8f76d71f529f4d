"""Webhooks: what OpenAI's own package takes for a true one, and what becomes of one that nobody takes."""

from __future__ import annotations

import time

import pytest
from answering import SECRET, Program

from edge_agent.errors import ConfigError
from edge_agent.serve.webhook import Webhook, WebhookError

EVENT = {
    "id": "evt_1",
    "object": "event",
    "created_at": 1_800_000_000,
    "type": "realtime.call.incoming",
    "data": {"call_id": "rtc_1", "sip_headers": [{"name": "From", "value": "Jürgen <sip:1@10.0.0.1>"}]},
}


def test_it_is_signed_as_the_package_checks_it() -> None:
    with Program().listening() as program:
        Webhook(program.url, SECRET, time.time).post(EVENT)
        told = program.incoming.get(timeout=1)
    assert (told.id, told.data.call_id, program.ids) == ("evt_1", "rtc_1", ["evt_1"])
    assert told.data.sip_headers[0].value == "Jürgen <sip:1@10.0.0.1>"


def test_another_secret_or_an_old_time_is_seen_through() -> None:
    other = "whsec_" + SECRET.removeprefix("whsec_")[::-1].replace("=", "A")
    with Program().listening() as program:
        for hook in (Webhook(program.url, other, time.time), Webhook(program.url, SECRET, lambda: time.time() - 3600)):
            with pytest.raises(WebhookError, match="status 400"):
                hook.post(EVENT)
    assert len(program.refused) == 2


def test_nobody_there_is_said() -> None:
    with Program().listening() as program:
        url = program.url
    with pytest.raises(WebhookError, match="ConnectionRefused"):
        Webhook(url, SECRET, time.time).post(EVENT)


@pytest.mark.parametrize("secret", ["", "s3cret", "whsec_", "whsec_####", "whsec_c2hvcnQ="])
def test_what_is_no_secret_is_said_and_not_shown(secret: str) -> None:
    with pytest.raises(ConfigError, match="whsec_ and a key") as said:
        Webhook("http://127.0.0.1:1/", secret, time.time)
    assert len(secret) < 7 or secret not in str(said.value)
