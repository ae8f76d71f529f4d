"""Clinic: one made-up practice, on which corrections, values, injections and the fuzz are tried."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tests.rigs.tasks.owner import Asked, Owner

NOW = "2026-03-02T08:00"
"""A Monday."""
SERVICES = ("check-up", "cleaning", "root canal")
STAFF = ("Dr Okafor", "Dr Lindqvist", "Dr Marsh")
CLINIC = Owner(
    "Harbour Dental",
    SERVICES,
    {"Dr Okafor": ["check-up", "cleaning"], "Dr Lindqvist": ["check-up", "root canal", "cleaning"], "Dr Marsh": []},
    hours=("08:00-18:00",),
    timezone="Europe/London",
    region="US",
)
ALONE = Owner("Harbour Dental", ("check-up",), hours=("08:00-18:00",), timezone="Europe/London", region="US")
"""The same with one service and nobody to choose."""
FEW = replace(
    CLINIC,
    slots=tuple(datetime(2026, 3, day, hour) for day in (2, 3, 4, 5) for hour in (9, 11, 14, 15, 16)),
)
"""The same with few free times, so that callers meet."""


def asking(*asks: Asked) -> Owner:
    """The small one, with questions of its own."""
    return replace(ALONE, asks=asks)
