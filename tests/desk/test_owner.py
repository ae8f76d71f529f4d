"""What an owner does with the folder of an agent: begin it, check it, test it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from edge_agent.desk.desk import Desk
from edge_agent.desk.owner.beginning import begin, hours_of, services_of
from edge_agent.desk.owner.checking import Checked, check
from edge_agent.desk.owner.templates import Begun
from edge_agent.desk.owner.trial import Verdict, play
from edge_agent.desk.owner.trial import read as read_tests
from edge_agent.desk.reading import read
from edge_agent.errors import ConfigError, InputError
from tests.desk.dentist import DENTIST, MONDAY, desk
from tests.desk.test_example_agents import EXAMPLES, NAMES


@pytest.mark.parametrize(
    ("said", "week"),
    [
        ("mon-fri 9:00-17:00", {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}),
        ("mon 9-12:30, 13:30-5", {"mon": ["09:00-12:30", "13:30-17:00"]}),
        ("Saturday 10am to 1pm", {"sat": ["10:00-13:00"]}),
        ("sat-sun 08:30-24:00", {"sat": ["08:30-24:00"], "sun": ["08:30-24:00"]}),
        ("fri-mon 9-10", {day: ["09:00-10:00"] for day in ("fri", "sat", "sun", "mon")}),
        ("daily 0:00-24:00", {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}),
    ],
)
def test_opening_hours_are_understood_as_people_write_them(said: str, week: dict[str, list[str]]) -> None:
    assert hours_of(said) == week


@pytest.mark.parametrize("said", ["", "always", "9-17", "mon 17:00-09:00", "mon 9-25", "mon 9:75-10"])
def test_what_are_no_opening_hours_is_refused(said: str) -> None:
    with pytest.raises(InputError):
        hours_of(said)


def test_services_have_minutes_and_perhaps_a_price() -> None:
    assert services_of("check-up 30 62 pounds, large filling: 45 min") == [
        ("check-up", 30, "62 pounds"),
        ("large filling", 45, ""),
    ]
    with pytest.raises(InputError, match="cut"):
        services_of("cut")


@pytest.mark.parametrize(
    ("kind", "staff"),
    [("receptionist", ""), ("receptionist", "Kim"), ("receptionist", "Kim, Lee Wong"), ("support", ""), ("leads", "")],
)
def test_what_is_begun_has_nothing_to_mend_and_passes_its_tests(tmp_path: Path, kind: str, staff: str) -> None:
    begun = Begun(kind, 'Kim\'s "Cuts"', "Europe/London", "GB", services="cut 30 25 pounds, colour 90", staff=staff)  # type: ignore[arg-type]
    folder = tmp_path / "new" / "cuts"
    begin(folder, begun)
    found = look(folder)
    assert found.problems == ()
    assert read(folder).business.name == 'Kim\'s "Cuts"'
    verdicts = tried(folder)
    assert len(verdicts) == (3 if kind == "receptionist" else 2)
    assert [each.faults for each in verdicts] == [()] * len(verdicts)
    with pytest.raises(InputError, match="there already"):
        begin(folder, begun)
    assert [each.name for each in folder.parent.iterdir()] == ["cuts"]


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_have_nothing_to_mend(name: str) -> None:
    assert look(EXAMPLES / name).problems == ()


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_pass_their_tests(name: str) -> None:
    assert [(each.name, each.faults) for each in tried(EXAMPLES / name) if each.faults] == []


def test_what_callers_would_run_into_is_found(tmp_path: Path) -> None:
    text = DENTIST.replace('does = ["check-up", "cleaning"]', 'does = ["check-up"]')
    text = text.replace('name = "filling"\nminutes = 45', 'name = "filling"\nhears = ["examination"]\nminutes = 600')
    text = text.replace('hears = ["hygienist"]', 'hears = ["chek-up"]')
    (tmp_path / "agent.toml").write_text(text)
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "scan.pdf").write_bytes(b"%PDF-1.4")
    assert list(look(tmp_path).problems) == [
        "Nobody does 'cleaning': no [[staff]] has it in `does`.",
        "The calendar of Dr Okafor, okafor.ics, is not in " + f"{tmp_path}.",
        "'filling' takes 600 minutes; the longest hours of Dr Okafor have 540.",
        "The services 'check-up' and 'filling' share the word 'examination': callers are asked which.",
        "'check-up' (check-up) and 'chek-up' (cleaning) sound alike: add words to `hears` that do not.",
        *[each for each in look(tmp_path).problems if each.startswith("scan.pdf cannot be read")],
        "There is nothing to quote in answers/: every question is met with a message.",
        "Nothing for 'filling' is free in the next 21 days.",
        "Nothing for 'cleaning' is free in the next 21 days.",
    ]


def test_a_test_that_fails_says_where_and_why(tmp_path: Path) -> None:
    desk(tmp_path)
    (tmp_path / "tests.toml").write_text("""\
now = "2026-03-02T09:00"
[[test]]
name = "wrong"
booked = 1
[[test.turn]]
say = "a check-up on Thursday at 3 pm"
hears = "Shall I book it?"
never = "NAME"
asks = "phone"
effect = "booked"
form = { service = "filling", when = "2026-03-05T15" }
""")
    (verdict,) = tried(tmp_path)
    turn = "Turn 1, 'a check-up on Thursday at 3 pm': "
    assert list(verdict.faults) == [
        turn + "'Shall I book it?' is not said.",
        turn + "'NAME' is said.",
        turn + "it asks for name, not for phone.",
        turn + "service of the form is 'check-up', not 'filling'.",
        turn + "it has the effect none, not booked.",
        "There are 0 appointments, not 1.",
    ]


def test_mistakes_in_the_tests_have_their_line(tmp_path: Path) -> None:
    desk(tmp_path)
    (tmp_path / "tests.toml").write_text(
        'now = "soon"\n[[test]]\nname = "x"\n[[test.turn]]\nsay = "hello"\n'
        '[[test]]\nname = "y"\n[[test.turn]]\nsays = "hello"\n'
    )
    with pytest.raises(ConfigError) as error:
        read_tests(read(tmp_path))
    said = [line.partition("tests.toml:")[2] for line in str(error.value).splitlines()]
    assert said == [
        "1: `now` is a time such as \"2026-03-02T08:00\", not 'soon'.",
        "8: A turn has `say`, `keys`, `hangup` or `pass_s`.",
        "9: `says` is nothing that [test.turn] has; is 'say' meant?",
    ]


def look(folder: Path) -> Checked:
    return check(Desk(read(folder), None, lambda: MONDAY).premises())


def tried(folder: Path) -> list[Verdict]:
    agent = read(folder)
    return [play_at(trial.now, folder, number) for number, trial in enumerate(read_tests(agent))]


def play_at(now: datetime, folder: Path, number: int) -> Verdict:
    agent = read(folder)
    called = Desk(agent, None, lambda: now)
    return play(read_tests(agent)[number], called, lambda: len(called.ledger.bookings()))
