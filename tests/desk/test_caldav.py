"""A real CalDAV server on loopback: what is booked comes there once, what others put there is kept free."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import radicale.config
import radicale.server
from typer.testing import CliRunner

from edge_agent.cli import app
from edge_agent.desk.booking.ledger import BookingLedger
from edge_agent.desk.caldav.collection import Collection, EventChanged, ServerError
from edge_agent.desk.caldav.pushes import Pushes
from edge_agent.desk.caldav.server import CalendarServer
from edge_agent.desk.desk import Desk
from edge_agent.desk.reading import read
from edge_agent.doctor import tools
from edge_agent.errors import ConfigError
from edge_agent.settings import Settings
from tests.desk.dentist import DENTIST, LONDON, MONDAY, booked, dialogue

TO_THE_YES = ("a check-up with Dr Okafor on Thursday at 3 pm", "Anna Smith", "07700 900123")
OTHER = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//somebody//else//EN
BEGIN:VEVENT
UID:{uid}
DTSTAMP:20260301T000000Z
DTSTART:{start}
DTEND:{end}
SUMMARY:{name}
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Radicale, for one user whose password is "open sesame"."""
    place = tmp_path_factory.mktemp("radicale")
    (place / "users").write_text("mia:open sesame\n", "utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    configuration = radicale.config.load()
    configuration.update(
        {
            "server": {"hosts": f"127.0.0.1:{port}"},
            "storage": {"filesystem_folder": str(place / "kept")},
            "auth": {
                "delay": "0",
                "type": "htpasswd",
                "htpasswd_filename": str(place / "users"),
                "htpasswd_encryption": "plain",
            },
            "logging": {"level": "error"},
        },
        "test",
    )
    ends, ended = socket.socketpair()
    server = Thread(target=radicale.server.serve, args=(configuration, ended), daemon=True)
    server.start()
    while server.is_alive() and not _listens(port):
        server.join(0.02)
    yield f"http://127.0.0.1:{port}/mia"
    ends.close()
    server.join(10)


def _listens(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


class World:
    """An owner's folder and a calendar of Dr Okafor's on that server."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder, self.state = folder, folder / "state"
        self.calendar = Collection(f"{address}/{folder.name}", "mia", "open sesame", deadline_s=10)
        text = DENTIST.replace('calendar = "okafor.ics"', f'caldav = "{self.calendar.url}"')
        text = text.replace("[handoff]", '[caldav]\nuser = "mia"\npassword_file = "password"\n[handoff]')
        (folder / "agent.toml").write_text(text, "utf-8")
        (folder / "password").write_text("open sesame\n", "utf-8")
        self.ticks = 0.0

    def server(self) -> CalendarServer:
        return CalendarServer(read(self.folder), self.state, lambda: MONDAY, tick=lambda: self.ticks)

    def desk(self) -> Desk:
        """A call, whose changes are brought to the server by `sync` alone."""
        call = Desk(read(self.folder), self.state, lambda: MONDAY)
        call.server = _Patient(read(self.folder), self.state, lambda: MONDAY, tick=lambda: self.ticks)
        return call

    def put(self, name: str, start: datetime, etag: str = "", uid: str = "") -> str:
        """Somebody else puts an hour there."""
        text = OTHER.format(uid=uid or name, name=name, start=_utc(start), end=_utc(start + timedelta(hours=1)))
        return self.calendar.put(f"{name}.ics", text, etag)

    def there(self) -> list[str]:
        """The beginnings of what is on the server."""
        found = self.calendar.events(MONDAY, MONDAY + timedelta(days=90))
        return sorted(
            line.split(":")[1] for _, text in found for line in text.splitlines() if line.startswith("DTSTART")
        )


def _utc(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%S}Z"


class _Patient(CalendarServer):
    def later(self) -> Any:
        return None


@pytest.fixture
def world(tmp_path: Path, address: str) -> World:
    made = World(tmp_path, address)
    made.calendar._asked("MKCALENDAR", "")
    return made


def test_what_is_booked_moved_and_cancelled_comes_there(world: World) -> None:
    call = world.desk()
    dialogue(call, *TO_THE_YES, "yes")
    assert world.server().sync() == []
    assert world.there() == ["20260305T150000Z"]
    dialogue(call, "move my appointment to Friday at nine", "yes")
    world.server().sync()
    assert world.there() == ["20260306T090000Z"]
    dialogue(call, "cancel my appointment", "yes")
    world.server().sync()
    assert world.there() == []


def test_nothing_comes_there_twice(world: World) -> None:
    dialogue(world.desk(), *TO_THE_YES, "yes")
    both = [Thread(target=world.server().sync) for _ in range(3)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    world.server().sync()
    assert world.there() == ["20260305T150000Z"]


def test_an_answer_that_got_lost_is_no_second_event(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    call = world.desk()
    dialogue(call, *TO_THE_YES, "yes")
    put = Collection.put

    def lost(self: Collection, *event: Any) -> str:
        put(self, *event)
        raise ServerError("The calendar server cannot be reached.")

    for done in ((), ("move my appointment to Friday at nine", "yes")):
        dialogue(call, *done)
        with monkeypatch.context() as patch:
            patch.setattr(Collection, "put", lost)
            with pytest.raises(ServerError):
                world.server().sync()
        assert world.server().sync() == []
        assert len(world.there()) == 1
    assert world.there() == ["20260306T090000Z"]


def test_it_changes_before_it_is_known_to_have_arrived(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    call, put = world.desk(), Collection.put
    dialogue(call, *TO_THE_YES, "yes")

    def lost(self: Collection, *event: Any) -> str:
        put(self, *event)
        raise ServerError("The calendar server cannot be reached.")

    with monkeypatch.context() as patch:
        patch.setattr(Collection, "put", lost)
        with pytest.raises(ServerError):
            world.server().sync()
    dialogue(call, "move my appointment to Friday at nine", "yes")
    assert world.server().sync() == []
    assert world.there() == ["20260306T090000Z"]


def test_what_others_put_there_is_not_offered_and_not_booked(world: World) -> None:
    world.put("Dentists-congress", datetime(2026, 3, 5, 15))
    world.server().sync()
    said = dialogue(world.desk(), TO_THE_YES[0])[0]
    assert "Thursday, March 5 at 3 PM isn't free." in said
    call = world.desk()
    dialogue(call, "a check-up with Dr Okafor on Friday at nine", *TO_THE_YES[1:])
    world.put("Breakfast", datetime(2026, 3, 6, 9))
    world.ticks += 60
    reply = call.hear("yes")
    assert reply.said.startswith("I'm sorry, that time has just gone.")
    assert booked(call) == []


WEEKLY = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//somebody//else//EN
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:STANDARD
DTSTART:19701025T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700329T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
UID:round
DTSTAMP:20260101T000000Z
DTSTART;TZID=Europe/Berlin:20260108T160000
DTEND;TZID=Europe/Berlin:20260108T170000
RRULE:FREQ=WEEKLY
SUMMARY:Round
END:VEVENT
END:VCALENDAR
"""


@pytest.mark.parametrize("day", ["March 5th", "March 12th", "April 2nd"])
def test_what_repeats_in_another_zone_is_kept_free(world: World, day: str) -> None:
    world.calendar.put("round.ics", WEEKLY)
    world.server().sync()
    assert "isn't free" in dialogue(world.desk(), f"a check-up with Dr Okafor on {day} at 3 pm")[0]


def test_a_call_asks_the_server_before_it_writes_and_tells_it_after(world: World) -> None:
    call, done = world.desk(), list[str]()

    class Told(CalendarServer):
        def refresh(self, deadline_s: float = 0.0) -> None:
            done.append(f"looked, {len(call.ledger.bookings())} booked")

        def later(self) -> Any:
            done.append(f"told, {len(call.ledger.bookings())} booked")

    call.server = Told(call.agent, world.state, lambda: MONDAY)
    dialogue(call, *TO_THE_YES, "yes")
    assert done == ["looked, 0 booked", "told, 1 booked"]


def test_the_other_doctor_is_free_then(world: World) -> None:
    world.put("Dentists-congress", datetime(2026, 3, 5, 15))
    world.server().sync()
    assert "with Dr Lindqvist" in dialogue(world.desk(), "a check-up on Thursday at 3 pm", *TO_THE_YES[1:])[-1]


def test_offline_it_books_and_comes_there_later(world: World, address: str) -> None:
    world.server().sync()
    text = (world.folder / "agent.toml").read_text("utf-8")
    (world.folder / "agent.toml").write_text(text.replace(address, "http://127.0.0.1:9/mia"), "utf-8")
    call = world.desk()
    assert dialogue(call, *TO_THE_YES, "yes")[-1].startswith("Your appointment is booked")
    with pytest.raises(ServerError, match=r"127.0.0.1:9 cannot be reached"):
        world.server().sync()
    (world.folder / "agent.toml").write_text(text, "utf-8")
    world.put("Congress", datetime(2026, 3, 5, 15))
    assert world.server().sync() == ["Appointment 1: 'Congress' is at the same time on the server."]
    assert world.there() == ["20260305T150000Z", "20260305T150000Z"]


def test_what_the_owner_changed_there_is_left_and_told(world: World) -> None:
    call = world.desk()
    dialogue(call, *TO_THE_YES, "yes")
    world.server().sync()
    (name,) = Pushes(world.state, LONDON).own(world.calendar.url)
    name = name.removesuffix(".ics")
    world.put(name, datetime(2026, 3, 5, 11), world.calendar.get(f"{name}.ics")[0], f"{name}@edge-agent")
    dialogue(call, "move my appointment to Friday at nine", "yes")
    assert world.server().sync() == ["Appointment 1: Somebody else has changed it on the server."]
    assert world.there() == ["20260305T110000Z"]
    assert "isn't free" in dialogue(world.desk(), "a check-up with Dr Okafor on Thursday at 11 am")[0]


def test_a_wrong_password_and_a_stranger_are_errors(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    (world.folder / "password").write_text("wrong", "utf-8")
    dialogue(world.desk(), *TO_THE_YES, "yes")
    with pytest.raises(ServerError, match="refuses the user or the password"):
        world.server().sync()
    assert len(BookingLedger(world.state, LONDON).bookings()) == 1
    (world.state / "caldav.password").write_text("open sesame\n", "utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(world.state))  # systemd's word counts
    world.server().sync()
    assert len(world.there()) == 1


def test_an_event_that_is_there_is_not_written_over(world: World) -> None:
    etag = world.put("a", MONDAY)
    with pytest.raises(EventChanged):
        world.put("a", MONDAY + timedelta(days=1))
    world.put("a", MONDAY + timedelta(days=1), etag)
    with pytest.raises(EventChanged):
        world.calendar.remove("a.ics", etag)


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("http://calendar.example.org/mia", "is an https address"),
        ("https://calendar.example.org/mia", "allow_network = true"),
    ],
)
def test_another_machine_is_asked_only_where_the_owner_says_so(tmp_path: Path, url: str, complaint: str) -> None:
    text = DENTIST.replace('calendar = "okafor.ics"', f'caldav = "{url}"')
    (tmp_path / "agent.toml").write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=complaint):
        read(tmp_path)
    (tmp_path / "agent.toml").write_text(text + "[caldav]\nallow_network = true\n", "utf-8")
    if url.startswith("https"):
        assert read(tmp_path).servers == (url,)


def test_doctor_names_the_machine(tmp_path: Path) -> None:
    text = DENTIST.replace('calendar = "okafor.ics"', 'caldav = "https://calendar.example.org/mia"')
    (tmp_path / "agent.toml").write_text(text + "[caldav]\nallow_network = true\n", "utf-8")
    settings = Settings.model_validate({"phone": {"agent": tmp_path}})
    assert f"calendar of {tmp_path.name} (calendar.example.org)" in tools.network(settings)


def test_the_command_says_where_all_is(world: World) -> None:
    dialogue(world.desk(), *TO_THE_YES, "yes")
    done = CliRunner().invoke(app, ["agents", "sync", str(world.folder), "--state", str(world.state)])
    assert done.exit_code == 0
    assert done.output.startswith("All that is booked is at http://127.0.0.1")
