"""What is said of the bytes that the kernel has counted."""

from __future__ import annotations

import pytest

from edge_agent.life.accounting import said_of

RUNS = {"ActiveState": "active", "IPAccounting": "yes", "IPEgressBytes": "12345", "PrivateNetwork": "no"}


@pytest.mark.parametrize(
    ("differs", "said"),
    [
        (
            {"IPAddressAllow": "127.0.0.0/8 ::1/128"},
            "0 bytes beyond this machine, as the kernel lets none pass",
        ),
        ({"IPAddressAllow": "127.0.0.0/8 10.0.0.0/8"}, "at most 12,345 bytes beyond this machine"),
        ({"IPAddressAllow": ""}, "at most 12,345 bytes beyond this machine"),
        ({"PrivateNetwork": "yes", "IPEgressBytes": "[not set]"}, "no network at all"),
        ({"ActiveState": "inactive"}, None),
        ({"IPAccounting": "no"}, None),
        ({"IPEgressBytes": "18446744073709551615"}, None),
        ({"IPEgressBytes": "[no data]"}, None),
    ],
)
def test_what_is_said(differs: dict[str, str], said: str | None) -> None:
    told = said_of(RUNS | differs)
    assert told is None if said is None else (told is not None and said in told)
