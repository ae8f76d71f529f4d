"""A television beside the conversation, on a tape: only those who are enrolled are answered; inline = threaded."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from edge_agent.events import HeardText, Interrupted, Murmured, TurnDone, WasPassedOver
from edge_agent.hear.company import STRANGER, Company
from edge_agent.hear.ears import Ears
from edge_agent.hear.names import OwnNames
from edge_agent.hear.yielding import Yielding
from edge_agent.host.engines import Engines
from edge_agent.host.jobs import Detection
from edge_agent.interfaces import Asr, Endpoint, Listener
from tests.rigs.fakes import HOLD, PATIENCE, THRESHOLDS, LevelVad, Played, Scene
from tests.rigs.fakes.voices import LevelEncoder

LONG = "This answer has quite a few words so that somebody can easily speak into the middle of it all."
ASK = "tell me a story"
NEWS = "and now the weather for the rest of the week"
BOTH = pytest.mark.parametrize("threaded", [False, True], ids=["inline", "threads"])


def ears(endpoint: Endpoint, asr: Asr, detection: Detection) -> Listener:
    """They know the voice of the first phrase."""
    encoder = LevelEncoder()
    voices = [encoder.known("anna", 0, date(2026, 1, 1))]
    company = Company(encoder, lambda: voices, OwnNames([]))
    at = replace(THRESHOLDS, partial_s=0.4)
    return Yielding(Ears(LevelVad(), endpoint, company.guarding(asr), at, HOLD), PATIENCE, company)


def played(scene: Scene, *, threaded: bool) -> Played:
    engines: Engines = replace(scene.engines(), ears=ears)
    return scene.run(engines, threaded=threaded)


def of(found: Played, kind: type) -> list:
    return [event for event in found.events if isinstance(event, kind)]


@BOTH
def test_the_news_into_the_answer_and_behind_it_are_passed_over(threaded: bool) -> None:
    asked = Scene().user(0.5, 1.5, ASK).reply(ASK, LONG)
    alone = played(asked, threaded=threaded)
    scene = Scene().user(0.5, 1.5, ASK).reply(ASK, LONG).user(2.3, 4.3, NEWS).user(6.0, 7.0, "more of it at eight")
    found = played(scene, threaded=threaded)
    assert [event.text for event in of(found, HeardText)] == [ASK]
    assert [event.reason for event in of(found, WasPassedOver)] == [STRANGER, STRANGER]
    assert (len(of(found, TurnDone)), of(found, Interrupted)) == (1, [])
    assert [event.text for event in of(found, Murmured)] == [""]
    sound, whole = found.tape.sound(), alone.tape.sound()
    assert np.count_nonzero(sound) == pytest.approx(np.count_nonzero(whole), abs=10), "no word of the answer is lost"
    entries = [(said.text, said.whole) for said in found.conversation.agent.ledger.entries()]
    assert entries == [(ASK, True), (LONG, True)]


@BOTH
def test_a_stranger_may_stop_it(threaded: bool) -> None:
    found = played(Scene().user(0.5, 1.5, ASK).reply(ASK, LONG).user(2.3, 3.0, "stop it"), threaded=threaded)
    assert len(of(found, Interrupted)) == 1
    assert [event.text for event in of(found, HeardText)] == [ASK, "stop it"]
