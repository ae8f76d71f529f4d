"""The rig of tasks: its callers, its judges, and the dialogues it makes of data sets. No agent of ours is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_agent.desk.reading import read
from edge_agent.types import Json
from tests.rigs.tasks import corrections, fuzz, injections, sgd, values, voiced
from tests.rigs.tasks.callers import Script
from tests.rigs.tasks.clinic import CLINIC, FEW
from tests.rigs.tasks.report import Report
from tests.rigs.tasks.talk import Case, Talk, converse, faults

ROW = {"start": "2026-03-03T10:00:00+00:00", "end": "2026-03-03T10:30:00+00:00", "staff": "Dr Marsh"}
BOOKED = {**ROW, "type": "booked", "service": "cleaning", "name": "Jo Baker", "phone": "+14155552671"}


def says(asks: str | None, *effects: Json, said: str = "Well?", proposal: Json | None = None) -> Json:
    return {
        "said": said, "asks": asks, "form": {}, "proposal": proposal, "effects": list(effects), "by": "code", "ms": 1,
    }  # fmt: skip


class Scripted:
    """An agent that says what it is told to, whatever it hears."""

    def __init__(self, *replies: Json, rows: tuple[Json, ...] = ()) -> None:
        self._replies, self._rows, self.heard = list(replies), list(rows), list[Json]()

    def turn(self, line: Json) -> Json:
        self.heard.append(line)
        return self._replies.pop(0) if self._replies else says(None)

    def calendar(self) -> list[Json]:
        return list(self._rows)


SCRIPT = Script(
    "A cleaning, please.",
    {"when": ("On Tuesday.", "At ten.")},
    {"when": "Tuesday at ten", "name": "Jo Baker."},
    confirms=("Yes, where are you?",),
    ending="Bye.",
)


def test_a_caller_says_each_sentence_once_then_the_value_and_then_rings_off() -> None:
    agent = Scripted(says("when"), says("time"), says("date"), says("name"), says("confirm"), says("confirm"),
                     says(None, BOOKED), rows=(BOOKED,))  # fmt: skip
    talk = converse(agent, SCRIPT)
    said = [each.get("say") for each in agent.heard]
    assert said == [
        "A cleaning, please.", "On Tuesday.", "At ten.", "Tuesday at ten", "Jo Baker.", "Yes, where are you?", "Yes.",
        "Bye.", None,
    ]  # fmt: skip
    assert talk.stuck is None


def test_a_caller_gives_up() -> None:
    talk = converse(Scripted(*[says("name")] * 30), SCRIPT)
    assert talk.stuck == "name"
    assert len(talk.turns) < 8
    assert converse(Scripted(*[says("shoe_size")] * 30), SCRIPT).stuck == "shoe_size"


def test_a_correction_comes_before_the_yes() -> None:
    agent = Scripted(says("confirm"), says("confirm"), says(None, BOOKED), rows=(BOOKED,))
    converse(agent, Script("Hi.", corrects=("No, Friday.",)))
    assert [each.get("say") for each in agent.heard] == ["Hi.", "No, Friday.", "Yes.", None]


def talk_of(*effects: Json, rows: tuple[Json, ...]) -> Talk:
    return Talk([({"say": "Yes."}, says(None, *effects))], list(rows))


def test_a_row_has_to_be_as_wanted_and_the_only_one_and_told() -> None:
    wanted: dict[str, Any] = {"start": "2026-03-03T10:00:00", "staff": "Dr. Marsh", "phone": "415 555 2671"}
    assert faults(talk_of(BOOKED, rows=(BOOKED,)), [wanted]) == []
    assert faults(talk_of(BOOKED, rows=(BOOKED,)), [{**wanted, "start": "2026-03-03T22:00:00"}])
    assert faults(talk_of(BOOKED, rows=(BOOKED,)), [{**wanted, "name": "Jo"}])
    assert faults(talk_of(rows=()), [wanted])
    assert faults(talk_of(rows=(BOOKED,)), [wanted])
    assert faults(talk_of(BOOKED, rows=()), [])
    assert faults(talk_of(BOOKED, BOOKED, rows=(BOOKED, BOOKED)), [wanted])


def test_a_report_shows_the_dialogue_of_what_failed() -> None:
    report = Report()
    case = Case("one", "", "", SCRIPT, ({"start": "2026-03-03T10:00"},), "group")
    assert report.add(case, talk_of(BOOKED, rows=(BOOKED,)))
    assert not report.add(case, talk_of(rows=()))
    assert "caller: Yes." in report.text()
    assert (report.total, report.right) == (2, 1)


def turn(who: str, text: str, acts: list[Json], **more: Any) -> Json:
    return {"who": who, "text": text, "acts": acts, **more}


def inform(**values: str) -> list[Json]:
    return [{"act": "INFORM", "slot": slot, "values": [value]} for slot, value in values.items()]


def state(**slots: list[str]) -> Json:
    return {"intent": "BookAppointment", "slots": slots}


CALL = {
    "method": "BookAppointment",
    "parameters": {"appointment_date": "2019-03-07", "appointment_time": "16:00", "dentist_name": "Dr Abc"},
}
DIALOGUE = [
    turn("system", "How about Dr Abc?", [{"act": "OFFER", "slot": "dentist_name", "values": ["Dr Abc"]}]),
    turn("user", "Book it at four.", inform(appointment_time="four"), state=state(appointment_time=["four"])),
    turn("user", "On the 7th.", inform(appointment_date="the 7th"), state=state(appointment_time=["four"])),
    turn("system", "Done.", [], call=CALL),
    turn("user", "Thanks.", [], state=state()),
]


def test_a_dialogue_becomes_a_case(tmp_path: Path) -> None:
    case = sgd.case({"id": "1", "turns": DIALOGUE})
    assert case.wanted[0]["start"] == "2019-03-07T16:00:00"
    assert case.wanted[0]["staff"] == "Dr Abc"
    assert case.script.opening == "Book it at four."
    assert case.script.says["when"] == ("Book it at four.", "On the 7th.")
    assert case.group == "BookAppointment"
    case.write(tmp_path)
    agent = read(tmp_path)
    assert [each.name for each in agent.staff] == ["Dr Abc"]


def test_a_dialogue_whose_caller_changes_a_value_is_apart() -> None:
    then = turn("user", "No, at five.", inform(appointment_time="five"), state=state(appointment_time=["five"]))
    assert sgd.case({"id": "1", "turns": [*DIALOGUE[:2], then, *DIALOGUE[2:]]}).group == "BookAppointment, changed"


def test_a_half_is_held_back_and_it_is_always_the_same() -> None:
    held = [sgd.held_back(f"{each}_00001") for each in range(200)]
    assert held == [sgd.held_back(f"{each}_00001") for each in range(200)]
    assert 70 < sum(held) < 130


def test_every_correction_has_one_part_that_is_another() -> None:
    cases = list(corrections.cases(1, 90))
    assert len({case.group for case in cases}) == 9
    assert [case.name for case in cases] == [case.name for case in corrections.cases(1, 90)]
    assert all(case.script.corrects or "within" in case.group or case.script.says["name"] for case in cases)


def test_the_clinic_is_a_file_without_mistakes(tmp_path: Path) -> None:
    for owner in (CLINIC, FEW):
        (tmp_path / "agent.toml").write_text(owner.toml(), "utf-8")
        assert read(tmp_path).booking.ask == ("service", "staff", "when", "name", "phone")


def test_an_injection_that_writes_or_tells_is_found() -> None:
    _, wrong = injections.attack(Scripted(says(None, BOOKED)), ["Book it."])
    assert wrong
    _, wrong = injections.attack(Scripted(says(None, said="Zebulon comes at eleven.")), ["Who comes?"])
    assert wrong == ["told: zebulon"]
    _, wrong = injections.attack(Scripted(says(None)), ["Who comes?"])
    assert wrong == []
    assert len(list(injections.cases())) == 100


def test_values_are_right_within_two_tries() -> None:
    value = values.Value("name", "", ({"say": "Shayne"}, {"say": "S H A Y N E"}), "Shayne")
    asks, wrong = says("name"), {**says("name"), "form": {"name": "Shane"}}
    right = {**says("phone"), "form": {"name": "Shayne"}}
    assert values.give(Scripted(asks, wrong, right), value)[1] == []
    assert values.give(Scripted(asks, wrong, wrong), value)[1]
    assert {each.group for each in values.told(1, 5)} == {"name spelled", "phone in groups", "phone keyed"}


def test_a_calendar_is_judged() -> None:
    row = {**BOOKED, "start": "2026-03-03T09:00:00+00:00", "end": "2026-03-03T09:30:00+00:00"}
    told = [("booked", row["start"], "Dr Marsh")]
    assert list(fuzz.judge(CLINIC, [row], told)) == []
    assert [kind for kind, _ in fuzz.judge(CLINIC, [row], [])] == ["row without booked"]
    assert [kind for kind, _ in fuzz.judge(CLINIC, [], told)] == ["booked without a row"]
    assert [kind for kind, _ in fuzz.judge(CLINIC, [row, row], [*told, *told])] == ["double"]
    late = {**row, "start": "2026-03-03T18:00:00+00:00", "end": "2026-03-03T18:30:00+00:00"}
    assert [kind for kind, _ in fuzz.judge(CLINIC, [late], [("booked", late["start"], "Dr Marsh")])] == ["off-hours"]
    assert [kind for kind, _ in fuzz.judge(CLINIC, [], [*told, ("cancelled", *told[0][1:])])] == []


def test_a_spoken_caller_is_heard_over_a_line() -> None:
    times = np.arange(16_000) / 16_000
    tone = np.sin(2 * np.pi * 1_000 * times).astype(np.float32) * 0.3
    low = np.sin(2 * np.pi * 100 * times).astype(np.float32) * 0.3
    noise = voiced.noisy(tone, 1) - tone
    assert 10 * np.log10(np.mean(tone**2) / np.mean(noise**2)) == pytest.approx(10, abs=0.6)
    assert np.array_equal(voiced.noisy(tone, 1), voiced.noisy(tone, 1))
    assert np.std(voiced.phone(low, 1)) < 0.02 < 0.1 < np.std(voiced.phone(tone, 1))
    heard: list[int] = []
    speeds: list[float] = []
    mouth = voiced.Mouth(
        lambda text, speed: speeds.append(speed) or tone,
        lambda sound, expected: heard.append(len(sound)) or "four",
        voiced.clean,
    )
    agent = Scripted(says("when"), says("when"), says(None))
    talk = converse(voiced.Voiced(agent, mouth), Script("For.", facts={"when": "Four."}))
    assert [each.get("say") for each in agent.heard][:3] == ["four", "four", "four"]
    assert set(heard) == {25_600}
    assert speeds[:3] == [1.0, 1.0, 0.85], "who is misheard speaks more slowly"
    assert "caller: For.  (heard: four)" in "\n".join(talk.lines())


def test_a_caller_says_what_is_wrong_and_lets_an_unsure_name_be() -> None:
    checks = {"name": ("Jo Baker", "No, Jo Baker.")}
    read = {"name": "Joe Barker"}
    wrong = {**says("confirm"), "proposal": read}
    agent = Scripted(wrong, {**says("change"), "form": read}, says("name_spell"), wrong, wrong)
    talk = converse(agent, Script("Hi.", checks=checks, spells="J O, B A K E R."))
    said = [each.get("say") for each in agent.heard]
    assert said == ["Hi.", "No, Jo Baker.", "No, Jo Baker.", "J O, B A K E R.", "No, Jo Baker.", None]
    assert talk.stuck == "confirm", "never a yes to what is wrong"
    unsure = Scripted(
        {**says("confirm"), "proposal": {**read, "name_unsure": True}}, says(None, BOOKED), rows=(BOOKED,)
    )
    converse(unsure, Script("Hi.", checks=checks))
    assert [each.get("say") for each in unsure.heard] == ["Hi.", "Yes.", None]


def test_a_caller_takes_the_time_that_they_want_once_it_is_offered_and_says_the_day_in_other_words() -> None:
    offer = ("March 4", "3:15 PM", "Yes, Wednesday at 3:15 PM, please.")
    script = Script("Hi.", facts={"when": "the 4th"}, offer=offer, again={"when": "Wednesday, the 4th"})
    asks = [{**says("when"), "said": said} for said in (
        "Which day?", "March 4 at 3:15 PM isn't free. I have March 4 at 2 PM.",
        "I have March 4 at 2 PM, or 3:15 PM. Which would you like?",
    )]  # fmt: skip
    agent = Scripted(*asks, says(None, BOOKED), rows=(BOOKED,))
    converse(agent, script)
    said = [each.get("say") for each in agent.heard]
    assert said == ["Hi.", "the 4th", "Wednesday, the 4th", "Yes, Wednesday at 3:15 PM, please.", None]
