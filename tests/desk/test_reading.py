"""`agent.toml`: what it may say, and where its mistakes are."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from edge_agent.desk.file import AgentFile
from edge_agent.desk.reading import read
from edge_agent.errors import ConfigError

GOOD = """\
kind = "receptionist"
name = "Mia"
[business]
name = "Harbour Dental"
timezone = "Europe/London"
phone_region = "gb"
[hours]
mon = ["08:30-12:30", "13:30-17:30"]
wed = []
closed = ["2026-12-24..2027-01-02", "2026-05-01"]
[[staff]]
name = "Dr Okafor"
hears = ["Okafor"]
does = ["check-up"]
calendar = "okafor.ics"
[[service]]
name = "check-up"
minutes = 30
price = "62 pounds"
[booking]
grid = 15
notice = "2h"
horizon = "90d"
ask = ["service", "when", "name", "phone", "new_patient"]
remind = "off"
[[ask]]
id = "new_patient"
say = "Have you been with us before?"
type = "yes_no"
[handoff]
when = ["asked", "stuck:2"]
[answers.synonyms]
parking = ["car park"]
"""


def agent(folder: Path, text: str = GOOD) -> AgentFile:
    (folder / "agent.toml").write_text(text, encoding="utf-8")
    return read(folder)


def mistakes(folder: Path, text: str) -> list[str]:
    """What is said of the file, from the line on."""
    with pytest.raises(ConfigError) as error:
        agent(folder, text)
    return [line.split("agent.toml:")[1] for line in str(error.value).splitlines()]


def test_what_the_owner_wrote(tmp_path: Path) -> None:
    found = agent(tmp_path)
    assert found.business.phone_region == "GB"
    assert found.hours.week[0] == ((510, 750), (810, 1050))
    assert found.hours.week[2] == ()
    assert found.hours.closed == ((date(2026, 12, 24), date(2027, 1, 2)), (date(2026, 5, 1), date(2026, 5, 1)))
    assert found.booking.notice == timedelta(hours=2)
    assert found.booking.remind is None
    assert found.handoff.stuck == 2
    assert found.answers.synonyms == {"parking": ("car park",)}
    assert found.asks[0].type == "yes_no"


def test_times_instead_of_opening_hours(tmp_path: Path) -> None:
    text = 'kind = "receptionist"\n[business]\nname = "A"\ntimezone = "UTC"\n'
    found = agent(tmp_path, text + '[booking]\nslots = ["2026-06-15T10:00", 2026-06-15T11:00:00]\n')
    assert found.booking.slots == (datetime(2026, 6, 15, 10), datetime(2026, 6, 15, 11))


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ('kind = "receptionist"', 'kind = "receptonist"', 1, "is 'receptionist' meant?"),
        ('timezone = "Europe/London"', 'timezone = "London"', 5, "is no time zone"),
        ('"08:30-12:30"', '"8.30-12"', 8, "has hours such as"),
        ('"13:30-17:30"', '"12:00-17:30"', 8, "begins before the hours ahead of it end"),
        ("2026-05-01", "May 1", 10, "has days such as"),
        ('does = ["check-up"]', 'caldav = "https://dav"', 14, "say allow_network = true"),
        ('does = ["check-up"]', 'does = ["checkup"]', 14, "is no service; there are check-up"),
        ("minutes = 30", 'minutes = "30"', 18, "is a whole number from 1 to 1440"),
        ("grid = 15", "gird = 15", 21, "is 'grid' meant?"),
        ('notice = "2h"', 'notice = "2 hours"', 22, "is a length of time"),
        ('"phone", "new_patient"', '"phone", "new"', 24, "cannot be asked"),
        ('type = "yes_no"', 'type = "bool"', 29, "`type` is one of"),
        ('"stuck:2"', '"stuck"', 31, 'has "asked" and "stuck:2"'),
        ("[[ask]]", "[ask]", 26, "write [[ask]] before each"),
        ('name = "Harbour Dental"\n', "", 3, "`name` is missing in [business]"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, old: str, new: str, line: int, told: str) -> None:
    found = mistakes(tmp_path, changed(old, new))
    assert any(each.startswith(f"{line}: ") and told in each for each in found), found


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    found = mistakes(tmp_path, changed("grid = 15", "grid = 0").replace("minutes = 30", "minutes = 0"))
    assert [each.split(":")[0] for each in found] == ["18", "21"]


def test_the_second_of_two_tables_has_its_own_line(tmp_path: Path) -> None:
    text = GOOD + '[[service]]\nname = "filling"\nminutes = 0\n'
    assert [each.split(":")[0] for each in mistakes(tmp_path, text)] == [str(text.count("\n"))]


def test_what_is_no_toml_is_told_with_its_line(tmp_path: Path) -> None:
    assert mistakes(tmp_path, 'kind = "leads"\nname = Mia\n')[0].startswith("2: this is no TOML")


def test_no_agent(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"There is no agent\.toml in") as error:
        read(tmp_path)
    assert error.value.fix == "edge-agent agents new receptionist NAME"


def test_what_is_not_there_cannot_be_switched_on(tmp_path: Path) -> None:
    (said,) = mistakes(tmp_path, f"{GOOD}[privacy]\ntranscripts = true\n")
    assert said.endswith("No transcripts of calls are kept: take this line out.")
    (tmp_path / "agent.toml").write_text(f'{GOOD}[privacy]\nkeep = "90d"\ntranscripts = false\n')
    assert read(tmp_path).privacy.keep.days == 90
