"""Spoken calls by real SIP over loopback, without a telephone of others: our own stack calls, in a process of its own.

Ears, skills and voice are real; the LLM has a script. No telephone network can be reached from a test.
"""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import pytest
from phone.speaking import Caller, House, recorded, telephone_of
from phone.telephone import until

from edge_agent.phone.notes import Notes
from edge_agent.phone.record import CallRecord, CallRecords
from edge_agent.state import state_dir

LONG = (
    "The Brooklyn Bridge was opened in eighteen eighty three, after fourteen years of work on both sides of the river.",
    "It was the longest suspension bridge in the world at that time, and many people came to see it on the first day.",
    "Today more than one hundred thousand cars and several thousand people on foot go over it on each day of the week.",
)
WILLING = [sys.executable, str(Path(__file__).with_name("willing_process.py"))]


@pytest.fixture(scope="module")
def house() -> House:
    return House(LONG)


def the_record() -> CallRecord:
    until(lambda: CallRecords(state_dir()).all(), 5)
    return CallRecords(state_dir()).all()[-1]


@pytest.mark.model
def test_a_question_is_answered_by_telephone(house: House) -> None:
    with house.phone() as settings, telephone_of(codecs=("pcma",)) as stack:
        caller = Caller(stack, f"sip:agent@{settings.phone.listen}")
        assert caller.begins(caller.begun_s) - caller.begun_s < 0.3, "the greeting is heard at once"
        assert "help" in house.words(caller.hears(caller.begun_s))
        asked_s = caller.says(recorded("googleassistant_whattimeisit.flac"))
        answer = house.words(caller.hears(asked_s))
        assert re.search(r"it'?s|it is|\d", answer), answer
        caller.line.hang_up()
        record = the_record()
    assert (record.codec, record.turns, record.ended, record.lost) == ("PCMA", 1, "caller", 0.0)
    assert 0 < record.v2v_ms[0] < 3000


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.timeout(180)
def test_five_turns_with_an_interruption_and_a_transfer(house: House) -> None:
    """The time; a long answer that is interrupted; what guests may not; Anna; yes."""
    with telephone_of() as anna, telephone_of(command=WILLING) as stack:
        people = f"Anna=sip:anna@127.0.0.1:{anna.port}"  # type: ignore[attr-defined]
        with house.phone(people=people) as settings:
            caller = Caller(stack, f"sip:agent@{settings.phone.listen}")
            caller.hears(caller.begun_s)
            said_s = caller.says(recorded("googleassistant_whattimeisit.flac"))
            assert re.search(r"it'?s|it is|\d", house.words(caller.hears(said_s)))
            said_s = caller.says(recorded("googlespeech_brooklyn_bridge.flac"))
            begun_s = caller.begins(said_s)
            time.sleep(max(0.0, begun_s + 2.0 - time.monotonic()))
            before_s = time.monotonic()
            said_s = caller.says(recorded("speechtophrase_set_a_timer_for_5_minutes.flac"))
            assert "brooklyn" in house.words(caller.since(begun_s - 0.5)[: 16_000 * 4])
            answer = house.words(caller.hears(said_s))
            assert "can not do that" in answer or "can't do that" in answer or "cannot do that" in answer, answer
            assert time.monotonic() - before_s < 14, "the long answer was not said to its end"
            said_s = caller.says(house.spoken("Can I speak to Anna, please?"))
            assert "anna" in house.words(caller.hears(said_s))
            caller.says(house.spoken("Yes, please."))
            until(lambda: len(anna.rung) == 2, 30)  # type: ignore[attr-defined]
            assert caller.line.over.wait(15)
            record = the_record()
    assert (record.ended, record.turns) == ("transferred", 5)
    assert Notes(state_dir()).all() == []
