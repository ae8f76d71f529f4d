"""The soak itself: it finds what is planted, and a short one finds nothing."""

import json
import mmap
import subprocess
import sys
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from edge_agent.agent.agent import Agent
from edge_agent.clock import ManualClock
from edge_agent.events import HeardText, Interrupted, Murmured, SpeechStarted, SpeechStopped, TurnDone
from edge_agent.speak.playback import AnswerPlayed
from edge_agent.types import HEAR_RATE_HZ
from tests.rigs.soak.__main__ import main
from tests.rigs.soak.gauges import reading
from tests.rigs.soak.line import SoakSink
from tests.rigs.soak.plan import FAULTS, INTERRUPTS, SPEAKER_LOST, Plan, name_of, plans
from tests.rigs.soak.referee import Referee
from tests.rigs.soak.report import as_text
from tests.rigs.soak.simulated import engines
from tests.rigs.soak.soak import Part, Soak
from tests.rigs.soak.verdict import count_bars, memory_bars, most_lost, slope

ROOT = Path(__file__).parents[2]


def part_of(given, **more):
    known = {}
    part = Part(given, more.pop("engines", engines)(known), known=known, window=20, **more)
    part.run()
    return part


def windows(*anon_mb, every=1000, **counts):
    same = {"descriptors": 7, "threads": 6, "children": 0, **counts}
    return [{"turns": every * (i + 1), "anon_mb": mb, **same} for i, mb in enumerate(anon_mb)]


def test_a_short_soak_in_five_threads_and_in_one_finds_nothing(everything, capsys, tmp_path):
    """200 turns, or 20 in the fast tier, a tenth of them with a fault."""
    turns = 200 if everything else 20
    code = main(["--turns", str(turns), "--faults", "0.1", "--json", "--output", str(tmp_path / "soak.json")])
    found = json.loads(capsys.readouterr().out)
    assert found["examples"] == []
    assert [bar["name"] for bar in found["bars"] if not bar["passed"]] == []
    assert code == 0
    assert found["turns"] == sum(sum(ends.values()) for ends in found["outcomes"].values()) == turns
    assert found["most_lost"] == 3 / turns
    assert found["parts"]["five threads"][-1]["mailboxes"]["blocks"] > 1
    for each in (window for part in found["parts"].values() for window in part if window["turn_ms"]):
        took = each["turn_ms"]
        assert 0 < took["p50"] <= took["p95"] <= took["max"]
    assert json.loads((tmp_path / "soak.json").read_text()) == found
    told = as_text({**found, "killed": {"SIGKILL": 2}})
    assert told.startswith(f"{turns} turns in ")
    assert told.endswith(f"No turn was lost: fewer than {300 / turns:.3f} % are, at 95 % (rule of three).\npassed")
    for line in ("what users do: ", "faults: ", "five threads, last window: ", "workers killed: 2", "pass  lost turns"):
        assert line in told


@pytest.mark.parametrize("threads", [False, True])
def test_every_fault_ends_as_it_should(threads):
    given = [Plan(i, kind, name_of(i)) for i, kind in enumerate([*FAULTS, "plain"])]
    part = part_of(given, threads=threads)
    assert list(part.referee.examples) == []
    assert {kind for kind, _ in part.referee.outcomes} == {*FAULTS, "plain"}


def test_a_block_waits_no_longer_once_the_tape_is_there(monkeypatch):
    """On a busy machine the tape would go on, and the next user speak, before the thread that plays has woken."""
    clock, seen = ManualClock(), []

    def woken_late():
        seen.append(sink.waiting)
        clock.sleep_until(0.1)
        seen.append(sink.waiting)

    monkeypatch.setattr("tests.rigs.soak.line.os.sched_yield", woken_late)
    sink = SoakSink(HEAR_RATE_HZ, Referee(), clock, waits=True)
    for _ in range(2):
        sink.write(np.zeros(HEAR_RATE_HZ // 10, np.float32))
    assert seen == [True, False]


def test_a_microphone_that_goes_is_opened_again_and_costs_no_turn():
    broken = ("microphone is lost", "frames are lost")
    given = [Plan(i, broken[i // 2 % 2], name_of(i)) for i in range(8)]
    part = part_of([*given, Plan(8, "plain", name_of(8))], card=True)
    assert list(part.referee.examples) == []
    assert part.line.source.opened == 1 + 4


@pytest.mark.parametrize("threads", [False, True])
def test_words_that_nobody_heard_and_count_as_heard_are_found(monkeypatch, threads):
    def deaf(played, block, *, audible=True):
        return note(played, block)

    note = AnswerPlayed.note
    monkeypatch.setattr(AnswerPlayed, "note", deaf)
    part = part_of([Plan(0, SPEAKER_LOST, name_of(0))], threads=threads)
    assert part.referee.wrong == 1
    assert "ended with turn_done" in part.referee.examples[0]


def test_plans_are_made_of_the_seed():
    assert list(plans(50, seed=3, faults=0.5)) == list(plans(50, seed=3, faults=0.5))
    assert list(plans(50, seed=3, faults=0.5)) != list(plans(50, seed=4, faults=0.5))
    assert {plan.kind for plan in plans(2000, seed=1, faults=0.5)} >= set(FAULTS)
    assert not {plan.kind for plan in plans(500, seed=1, faults=0.0)} & set(FAULTS)


# --- what is planted is found ------------------------------------------------------------------------------------


def test_a_turn_that_never_ends_is_lost(monkeypatch):
    whole = Agent.on_played

    def forgetful(agent, turn, block):
        if turn.number == 2 and block.sentence.last:
            return None  # as if the last block had been dropped on its way
        return whole(agent, turn, block)

    monkeypatch.setattr(Agent, "on_played", forgetful)
    monkeypatch.setattr(Agent, "fail", lambda agent, turn, error="": None)
    part = part_of([Plan(i, "plain", name_of(i)) for i in range(4)])
    assert part.referee.lost == 1
    assert "turn 2" in part.referee.examples[0]


def test_a_question_that_nobody_notices_is_lost():
    def deaf(known):
        made = engines(known)

        def ears(endpoint, asr, detection):
            listener = made.ears(endpoint, asr, detection)
            listener._vad.probability = lambda samples: 0.0
            return listener

        return replace(made, ears=ears)

    part = part_of([Plan(0, "plain", name_of(0)), Plan(1, "plain", name_of(1))], engines=deaf)
    assert part.referee.lost == 2


def test_a_fault_that_nobody_announces_is_found():
    """Of a plan that must fail, one whose engine works after all."""
    plan = Plan(0, "llm fails at once", name_of(0))
    part = part_of([plan], engines=lambda known: engines({name_of(0): replace(plan, kind="plain")}))
    assert part.referee.wrong == 1
    assert "ended with turn_done" in part.referee.examples[0]


def touched(size):
    """Memory that is surely new: a heap that has had larger things in it gives old pages, which are counted already."""
    pages = mmap.mmap(-1, size)
    pages.write(b"x" * size)
    return pages


@pytest.mark.slow
def test_a_thing_that_is_held_every_turn_is_a_leak():
    held = []
    part = part_of(plans(150, seed=1, faults=0.0), on_plan=lambda plan: held.append(touched(200_000)))
    names = {bar.name: bar for bar in memory_bars(part.windows)}
    assert not names["the same load again adds"].passed
    assert not names["the last window is above the first that counts by"].passed


def test_a_descriptor_and_a_thread_that_stay_are_found(tmp_path):
    opened = []
    part = part_of(plans(60, seed=1, faults=0.0), on_plan=lambda plan: opened.append(open(tmp_path / "x", "w")))  # noqa: SIM115
    changed = {bar.name: bar.passed for bar in count_bars(part.windows)}
    for file in opened:
        file.close()
    assert changed == {"descriptors, change": False, "threads, change": True, "children, change": True}


def test_what_a_part_leaves_behind_is_found(tmp_path):
    opened = []
    known = {}
    soak = Soak("simulated", lambda line: None)
    plan = Plan(0, "plain", name_of(0))
    part = Part([plan], engines(known), known=known, on_plan=lambda plan: opened.append(open(tmp_path / "x", "w")))  # noqa: SIM115
    soak.run("one", part)
    opened[0].close()
    assert [bar.name for bar in soak.bars() if not bar.passed] == ["one: descriptors left behind"]


def test_where_workers_were_killed_the_agent_alone_must_hold_as_many():
    """At the end of a window one may just be loading."""
    soak, known = Soak("simulated", lambda line: None), {}
    part = Part(plans(20, seed=1, faults=0.0), engines(known), known=known, window=5)
    soak.run("one", part)
    assert [bar.name for bar in soak.bars() if not bar.passed] == []
    part.windows[-1]["threads"] -= 1
    assert [bar.name for bar in soak.bars() if not bar.passed] == ["one: threads, change"]
    soak.killed["asr SIGKILL"] = 1
    assert [bar.name for bar in soak.bars() if not bar.passed] == []
    soak._around["one"][1]["descriptors"] -= 2
    assert [bar.name for bar in soak.bars() if not bar.passed] == []
    part.windows[-1]["processes"]["agent"]["threads"] += 1
    assert [bar.name for bar in soak.bars() if not bar.passed] == ["one: threads, change"]


def test_a_child_is_counted():
    before = reading()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        now = reading()
        assert now["children"] == before["children"] + 1
        (own,) = (each for name, each in now["processes"].items() if str(child.pid) in name)
        assert (own["threads"], own["descriptors"]) == (1, 3)
        assert now["descriptors"] == before["descriptors"] + 3 + 1, "its own, and our end of its input"
        child.communicate(b"\n")


# --- verdicts ------------------------------------------------------------------------------------------------------


def test_the_slope_is_not_moved_by_a_wild_point():
    assert slope([(x, 2 * x) for x in range(20)]) == pytest.approx(2)
    assert slope([(x, 2 * x if x != 7 else 1e6) for x in range(20)]) == pytest.approx(2)
    assert slope([(1, 5)]) == 0


def test_a_slow_leak_misses_the_bar_and_a_ratchet_does_not():
    leak = memory_bars(windows(*(50 + 2.5 * i for i in range(10))))
    assert [bar.passed for bar in leak] == [False, False, True]
    ratchet = memory_bars(windows(50, 80, *[90 + i % 2 for i in range(8)]))
    assert all(bar.passed for bar in ratchet)


def test_a_bad_end_does_not_hide_in_the_average():
    bars = memory_bars(windows(*[50] * 19, 100))
    assert bars[0].passed
    assert not bars[2].passed


def test_the_rule_of_three():
    assert most_lost(20_000) == pytest.approx(0.00015)
    assert most_lost(0) == 1.0


def test_the_referee_knows_the_order_of_events():
    referee, plan = Referee(), Plan(0, "plain", name_of(0))
    referee.begin(plan)
    referee.on_event(SpeechStarted(1, 0.0))
    referee.on_event(TurnDone(1, 1.0, 0.5))
    referee.on_event(SpeechStopped(2, 1.0))
    assert [line.split(":")[1].strip() for line in referee.examples] == [
        "turn_done after speech_started",
        "speech_stopped, while another turn is under way",
    ]


@pytest.mark.parametrize(("end", "faults"), [(TurnDone(1, 1.0, 0.5), 0), (Interrupted(1, 1.0, "", 0.5), 1)])
def test_a_backchannel_may_be_known_when_its_answer_is_over_but_does_not_interrupt(end, faults):
    referee = Referee()
    referee.begin(Plan(0, INTERRUPTS, name_of(0)))
    for event in (SpeechStarted(1, 0.0), SpeechStopped(1, 0.5), HeardText(1, 0.5, "", "en"), end, Murmured(1, 1.1, "")):
        referee.on_event(event)
    assert referee.wrong == faults


def test_the_referee_knows_whose_turn_it_is():
    referee = Referee()
    referee.on_sound(0.1)
    referee.on_event(SpeechStarted(1, 0.0))
    referee.begin(Plan(0, "plain", name_of(0)))
    for number in (1, 2, 4):
        referee.on_event(SpeechStarted(number, 0.0))
    assert list(referee.examples) == [
        "sound before anybody spoke",
        "turn 1: nobody spoke",
        "turn 2 (plain): one question became two turns",
        "LOST: turn 1 (plain): it never ended, the next began after speech_started",
        "turn 4 (plain): one question became two turns",
        "LOST: turn 2 (plain): it never ended, the next began after speech_started",
        "turn 4 came after turn 2",
    ]
    assert (referee.lost, referee.wrong) == (2, 5)


def test_sound_after_the_end_of_a_turn_is_wrong():
    referee = Referee(slack_s=0.02)
    referee.begin(Plan(0, INTERRUPTS, name_of(0), cut_s=0.1))
    for event in (SpeechStarted(1, 0.0), SpeechStopped(1, 1.0)):
        referee.on_event(event)
    referee._turn.at = "saying"
    referee.on_sound(0.5)
    referee.on_event(Interrupted(1, 2.0, "", 0.5))
    referee.on_sound(0.02)
    assert referee.wrong == 0, "the block that was on its way"
    referee.on_sound(0.02)
    assert "0.04 s of sound after interrupted" in referee.examples[0]


@pytest.mark.parametrize("words", [["--turns", "0"], ["--faults", "2"], ["--tier", "none"]])
def test_wrong_use_ends_with_code_2(words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2


def test_the_script_tells_how_it_is_used():
    done = subprocess.run([ROOT / "scripts" / "soak", "--help"], capture_output=True, text=True, check=True)
    assert "--tier real --turns 200 --kill 20" in done.stdout


def test_two_halves_in_one_conversation_keep_turns_apart():
    part = part_of(chain(plans(20, seed=5, faults=0.2), plans(20, seed=5, faults=0.2)))
    assert part.turns == 40
    assert list(part.referee.examples) == []
