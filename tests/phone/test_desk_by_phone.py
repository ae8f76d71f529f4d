"""An owner's agent on a real SIP call: a caller books by voice and keys, and the row is in the calendar.

Ears, desk and voice are real; the LLM has a script, and is not asked. No telephone network can be reached from a test.
"""

from __future__ import annotations

import re
import shutil
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from phone.speaking import House
from phone.stacks import VOICE_HZ
from phone.telephone import until

from edge_agent.desk.booking.mirror import NAME
from edge_agent.phone.record import CallRecords
from edge_agent.state import state_dir
from edge_agent.watch.history import History
from tests.rigs.sip.caller import RATE_HZ, Caller
from tests.rigs.sip.peer import telephone

DENTIST = Path(__file__).parents[2] / "examples" / "agents" / "dentist"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def open_each_day(folder: Path) -> Path:
    """The dentist's agent, whose day off would fail the test on some days of the year."""
    shutil.copytree(DENTIST, folder)
    file = folder / "agent.toml"
    hours = "".join(f'{day} = ["08:00-19:00"]\n' for day in DAYS)
    file.write_text(re.sub(r"\[hours\]\n.*?\n\n", f"[hours]\n{hours}\n", file.read_text(), flags=re.DOTALL))
    return folder


def replies(day: str) -> list[tuple[str, str]]:
    """What the caller says to what is asked; digits are pressed."""
    return [
        ("Shall I book it", "Yes, please."),
        ("else I can do", "No, that's all. Thank you."),
        ("name shall I", "My name is Anna Smith."),
        ("phone number", "02079460018#"),
        ("new patient", "Yes."),
        ("didn't get that", f"A check-up on {day} at eleven."),
    ]


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_caller_books_at_the_dentists_by_voice_and_keys(tmp_path: Path) -> None:
    folder, day = open_each_day(tmp_path / "dentist"), datetime.now() + timedelta(days=3)
    house, history = House(("The LLM is not asked.",)), History(state_dir())
    history.turn_on()
    with house.phone(agent=str(folder)) as settings, telephone(settings.phone.port) as peer:
        peer.call()
        with Caller(peer).speaking() as caller:
            peer.settle()
            greeting = house.words(caller.hears(caller.begun_s), RATE_HZ)
            assert "help" in greeting, greeting
            says = f"I'd like a check-up on {day:%A} at eleven, please."
            for _ in range(12):
                since_s, turns = time.monotonic(), len(list(history.exchanges()))
                if says[0].isdigit():
                    caller.press(says)
                else:
                    sound = house.spoken(says)
                    since_s = caller.says(sound, VOICE_HZ) + len(sound) / VOICE_HZ
                caller.hears(since_s)
                until(lambda turns=turns: len(list(history.exchanges())) > turns)
                asked = list(history.exchanges())[-1].agent
                says = next((reply for words, reply in replies(f"{day:%A}") if words in asked), "")
                if not says:
                    break
                assert (folder / NAME).exists() == ("else I can do" in asked), "it is booked with the yes, not before"
            peer.agree("BYE")
        until(lambda: CallRecords(state_dir()).all())
    heard = [(each.user, each.agent) for each in history.exchanges()]
    kept = (folder / NAME).read_text()
    assert kept.count("BEGIN:VEVENT") == 1, heard
    assert re.search(r"SUMMARY:check-up: \w+", kept), heard  # the smallest ears spell a name as they like
    assert re.search(rf"DTSTART:{day:%Y%m%d}T1[01]0000Z", kept), heard  # 11 o'clock in London
    assert "+442079460018" in kept, "the keys have filled what was asked for"
    assert ("02079460018", "Are you a new patient?") in heard
    assert CallRecords(state_dir()).all()[-1].ended == "agent", heard
