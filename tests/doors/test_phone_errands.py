"""A caller is put through, leaves a message or says goodbye: a real host, scripted engines, no SIP process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from act_said import NOON, english
from doors.phone_peer import LONG, Peer, calling, hosted, sayings, wait
from tiers import fast_first

from edge_agent.act.act import Act
from edge_agent.act.calendar import Calendar
from edge_agent.act.guests import GuestAct
from edge_agent.act.records import Records
from edge_agent.doors.phone_call import PhoneCall
from edge_agent.events import HeardText, Interrupted, Saying, TurnDone
from edge_agent.host.host import Host
from edge_agent.phone.errands import Errands
from edge_agent.phone.messages import Join, Transfer, Transferred
from edge_agent.phone.notes import Notes
from edge_agent.phone.record import CallRecord
from edge_agent.phone.switchboard import Switchboard
from edge_agent.words.calls import call_words
from tests.rigs.fakes import VOICE_RATE_HZ

WORDS = call_words("en")


class Office:
    """A caller, Anna, and what the agent has said."""

    def __init__(self, folder: Path) -> None:
        self.caller, self.anna = Peer(), Peer(outgoing=True, name="out1")
        self.notes = Notes(folder)
        self.dialed: list[str] = []
        self.words = WORDS
        self._folder = folder

    def dial(self, uri: str) -> object:
        self.dialed.append(uri)
        return self.anna.line

    def act(self, call: PhoneCall) -> Act:
        act = GuestAct(Records(None), Calendar(self._folder / "none"), now=lambda: NOON, sentences=english())
        errands = Errands({"Anna": "611"}, self.words, act.reads_yes, call)
        act.first, call.on_failed_transfer = errands.plan, errands.offer_message
        return act

    @contextmanager
    def calling(self, host: Host, *, asks: bool = True) -> Iterator[Callable[[], CallRecord]]:
        board = Switchboard(self.dial, sayings(host).announced, asks=asks)  # type: ignore[arg-type]
        with calling(self.caller, host, act=self.act, switchboard=board, notes=self.notes) as ended:
            try:
                yield ended
            finally:
                self.anna.hangs_up()

    def says(self, answers: int = 1) -> None:
        """The caller says the next phrase, and hears what comes of it."""
        before = len([each for each in self.caller.events if isinstance(each, TurnDone)])
        self.caller.says = 25
        self.caller.until(TurnDone, before + answers)
        self.caller.phrase += 1

    @property
    def said(self) -> list[str]:
        return [each.text for each in self.caller.events if isinstance(each, Saying)]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_a_caller_hears_music_until_the_person_has_heard_of_them_and_both_are_joined(office: Office) -> None:
    caller, anna = office.caller, office.anna
    with hosted("can i speak to anna", "yes") as host, office.calling(host) as ended:
        caller.until(TurnDone)
        office.says()
        assert office.said[-1] == WORDS.may_i.format(who="Anna")
        office.says()
        wait(lambda: office.dialed == ["611"])

        def music() -> list[float]:
            return [level for at, level in caller.heard if at > time.monotonic() - 0.5]

        # It is quieter than the voice, of which the end may still be on its way.
        wait(lambda: len(heard := music()) > 15 and min(heard) > 0.005 and max(heard) < 0.2)
        caller.says = 25
        anna.picks_up()
        wait(lambda: Join("in1", "out1") in caller.orders)
        announced = [level for _, level in anna.heard if level > 0.1]
        assert len(announced) * 0.02 == pytest.approx(0.4, abs=0.1)
        caller.line.take(Transferred("in1", True, ""))
        caller.hangs_up()
        record = ended()
    assert record.ended == "transferred"
    assert record.turns == 2, "what is said to the music is not heard"


@pytest.mark.parametrize("how", fast_first(["busy", "refused"], fast=0))
def test_who_cannot_be_put_through_leaves_a_message_and_is_said_goodbye_to(office: Office, how: str) -> None:
    caller, anna = office.caller, office.anna
    phrases = ("can i speak to anna", "yes", "yes please", "my name is ada", "this number", "call me back")
    with hosted(*phrases) as host, office.calling(host) as ended:
        caller.until(TurnDone)
        office.says()
        office.says()
        wait(lambda: office.dialed)
        if how == "busy":
            anna.hangs_up()
        else:
            anna.picks_up()
            wait(lambda: Join("in1", "out1") in caller.orders)
            caller.line.take(Transferred("in1", False, "603 Decline"))
        wait(lambda: "May I take a message?" in office.said[-1])
        caller.until(TurnDone, 4)
        for _ in range(4):
            office.says()
        record = ended()
    assert "What is your name," in office.said
    assert office.said[-1] == "Goodbye."
    note = office.notes.all()[0]
    assert (note.caller, note.name, note.number, note.text, note.who) == (
        "+4930123456", "ada", "+4930123456", "call me back", "Anna",
    )  # fmt: skip
    assert record.ended == "agent"


@pytest.mark.slow
def test_a_blind_transfer_calls_nobody_itself(office: Office) -> None:
    caller = office.caller
    with hosted("can i speak to anna", "yes") as host, office.calling(host, asks=False) as ended:
        caller.until(TurnDone)
        office.says()
        office.says()
        wait(lambda: Transfer("in1", "611") in caller.orders)
        assert office.dialed == []
        caller.line.take(Transferred("in1", True, ""))
        caller.hangs_up()
        assert ended().ended == "transferred"


@pytest.mark.slow
def test_a_telephone_that_cannot_be_joined_calls_the_person_itself(office: Office) -> None:
    caller, anna = office.caller, office.anna
    with hosted("can i speak to anna", "yes") as host, office.calling(host) as ended:
        caller.until(TurnDone)
        office.says()
        office.says()
        wait(lambda: office.dialed)
        anna.picks_up()
        wait(lambda: Join("in1", "out1") in caller.orders)
        caller.line.take(Transferred("in1", False, "peer does not support the Replaces header"))
        wait(lambda: Transfer("in1", "611") in caller.orders)
        assert anna.line.over.is_set(), "she is free to be called"
        caller.line.take(Transferred("in1", True, ""))
        caller.hangs_up()
        assert ended().ended == "transferred"


@pytest.mark.slow
def test_a_caller_who_hangs_up_meanwhile_lets_the_person_go(office: Office) -> None:
    with hosted("can i speak to anna", "yes") as host, office.calling(host) as ended:
        office.caller.until(TurnDone)
        office.says()
        office.says()
        wait(lambda: office.dialed)
        office.caller.hangs_up()
        assert ended().ended == "caller"
        assert office.anna.line.over.is_set()


def test_who_says_goodbye_hears_it_and_is_hung_up_on(office: Office) -> None:
    with hosted("bye bye") as host, office.calling(host) as ended:
        office.caller.until(TurnDone)
        office.says()
        record = ended()
    assert office.said[-1] == WORDS.goodbye
    assert record.ended == "agent"
    assert len(record.v2v_ms) == 2
    assert 0 < record.v2v_ms[0] < 2000


@pytest.mark.slow
def test_who_speaks_into_the_goodbye_is_not_hung_up_on(office: Office) -> None:
    caller, office.words = office.caller, replace(WORDS, goodbye=LONG)
    with hosted("bye bye", "wait") as host, office.calling(host):
        caller.until(TurnDone)
        caller.says = 25
        wait(lambda: office.said[-1].startswith("one two"))
        time.sleep(0.3)
        caller.phrase, caller.says = 1, 75
        caller.until(Interrupted)
        caller.until(HeardText, 2)
        time.sleep(0.5)
        assert not caller.line.over.is_set()


def test_music_ends_where_the_line_takes_nothing(office: Office) -> None:
    """The caller has put us on hold, say."""
    from edge_agent.phone.switchboard import playing

    line = office.caller.line
    with playing(line):
        wait(lambda: line.voice.waiting_s > 0)
    assert line.voice.waiting_s < 0.02
    assert line.sink.rate_hz == VOICE_RATE_HZ


def test_what_the_other_network_says_is_heard_in_place_of_the_music(office: Office) -> None:
    """ "The person you have called is not available", say; it comes in real time, and then there is music again."""
    from edge_agent.phone.music import LEVEL
    from edge_agent.phone.switchboard import MUSIC_WAITS, playing

    line = office.caller.line
    heard = list[float]()

    def take() -> None:
        frame = line.voice.take()
        heard.append(float(np.abs(frame).max()) if frame is not None else 0.0)
        time.sleep(0.02)

    with playing(line) as instead:
        wait(lambda: take() or heard[-1] > 0)
        for _ in range(10):
            instead(np.full(160, 0.5, np.float32), 8_000)
            take()
        assert max(heard[:-10]) <= LEVEL + 0.01
        assert min(heard[-5:]) > 0.4
        for _ in range(MUSIC_WAITS + 30):
            take()
        assert 0 < max(heard[-10:]) <= LEVEL + 0.01
