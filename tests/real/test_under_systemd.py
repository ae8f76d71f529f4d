"""The units as they are shipped, under a real systemd in a box of its own (systemd_box.py); models of profile tiny."""

from __future__ import annotations

import os
import signal
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from systemd_box import CHECKOUT, UNIT, Box, booted, until
from tiers import fast_first

from edge_agent import build
from edge_agent.config import load
from edge_agent.store.store import default_roots

pytestmark = pytest.mark.model

WORKERS = {"asr", "llm", "tts"}
OF_THE_SERVICE = ("var/lib/private/edge-agent", "var/cache/private/edge-agent", "tmp/systemd-", "var/tmp/systemd-")
CLIENT = [sys.executable, str(CHECKOUT / "examples" / "realtime_ga.py"), "--input"]
CLIENT += [str(CHECKOUT / "examples" / "question.wav")]


@pytest.fixture
def box() -> Iterator[Box]:
    with booted() as machine:
        yield machine


@pytest.fixture(scope="module")
def installed() -> Iterator[Box]:
    with booted() as machine:
        machine.edge_agent("service", "install", "talk", "--profile", "tiny")
        yield machine


@pytest.fixture
def talk(installed: Box) -> Box:
    """One machine for many tests; `start` comes back when the unit is ready, at once if it was."""
    installed.systemctl("start", UNIT)
    return installed


def logs(box: Box) -> str:
    return box.edge_agent("service", "logs")


def owner_and_sandbox(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


@pytest.mark.slow
def test_it_is_ready_with_all_engines_and_without_a_sound_device(talk: Box) -> None:
    assert talk.show("ActiveState") == "active"
    assert talk.processes().keys() >= WORKERS | {"talk"}
    said = talk.edge_agent("service", "status")
    assert 'Status: "There is no speaker. Waiting for it."' in said
    assert "There is no microphone. Waiting for it." in logs(talk)


@pytest.mark.slow
def test_each_process_is_in_the_sandbox(talk: Box) -> None:
    for pid in talk.processes().values():
        found = owner_and_sandbox(pid)
        assert 61184 <= int(found["Uid"].split()[0]) <= 65519, "DynamicUser"
        assert (found["Seccomp"], found["NoNewPrivs"]) == ("2", "1")
        assert int(found["CapBnd"], 16) == 0
    for limit in ("MemoryHigh", "MemoryMax", "MemorySwapMax", "TasksMax"):
        assert talk.show(limit).isdigit(), limit


@pytest.mark.slow
def test_the_kernel_would_end_a_worker_first(talk: Box) -> None:
    scores = {name: int(Path(f"/proc/{pid}/oom_score_adj").read_text()) for name, pid in talk.processes().items()}
    assert all(scores[worker] > scores["talk"] for worker in WORKERS)


@pytest.mark.slow
def test_it_writes_only_into_its_own_folders_and_for_itself_alone(talk: Box) -> None:
    uid = int(owner_and_sandbox(talk.processes()["talk"])["Uid"].split()[0])
    own = {path: path.lstat() for path in talk.written.rglob("*") if path.lstat().st_uid == uid}
    names = {str(path.relative_to(talk.written)) for path in own}
    assert not [name for name in names if not name.startswith(OF_THE_SERVICE)]
    starts = talk.root / "run/private/edge-agent/starts"  # in memory
    for path, found in {**own, starts: starts.lstat()}.items():
        if stat.S_ISREG(found.st_mode):
            assert stat.S_IMODE(found.st_mode) == 0o600, path
    assert stat.S_IMODE((talk.written / OF_THE_SERVICE[0]).stat().st_mode) == 0o700


@pytest.mark.slow
def test_sigusr1_prints_the_stacks_and_it_lives(talk: Box) -> None:
    before = talk.show("MainPID")
    talk.systemctl("kill", "--signal=SIGUSR1", UNIT)
    until(lambda: "(most recent call first)" in logs(talk), "stacks in the journal", within_s=10)
    assert talk.processes().keys() >= WORKERS
    assert (talk.show("MainPID"), talk.show("ActiveState")) == (before, "active")


@pytest.mark.slow
def test_a_killed_worker_is_replaced_and_the_service_goes_on(talk: Box) -> None:
    main, asr = talk.show("MainPID"), talk.processes()["asr"]
    os.kill(asr, signal.SIGKILL)
    until(lambda: talk.processes().get("asr", asr) != asr, "another ASR", within_s=20)
    assert (talk.show("MainPID"), talk.show("NRestarts"), talk.show("ActiveState")) == (main, "0", "active")


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["while it loads", "when it is ready"])
def test_a_stop_is_orderly_and_soon(talk: Box, moment: str) -> None:
    if moment == "while it loads":
        talk.systemctl("restart", "--no-block", UNIT)
        until(lambda: "loading" in talk.show("StatusText"), "loading", within_s=20)
    begun = time.monotonic()
    talk.systemctl("stop", UNIT)
    assert time.monotonic() - begun < 5
    assert (talk.show("Result"), talk.show("ExecMainStatus"), talk.show("ExecMainCode")) == ("success", "0", "1")
    assert not (talk.root / "var/lib/private/edge-agent/starts").exists()


@pytest.mark.slow
def test_a_process_that_stands_still_is_ended_and_started_again(talk: Box) -> None:
    talk.drop_in("WatchdogSec=4\nRestartSec=1")
    talk.systemctl("restart", UNIT)
    os.kill(talk.processes()["talk"], signal.SIGSTOP)
    until(lambda: talk.show("NRestarts") == "1", "watchdog", within_s=4 + 10 + 5)
    talk.systemctl("start", UNIT)
    assert talk.show("ActiveState") == "active"
    said = talk.run("journalctl", "--no-pager", f"--unit={UNIT}")
    assert "Watchdog timeout" in said
    assert "Fatal Python error: Aborted" in said


HANGS = """
import sys, threading, time

def hang():
    from edge_agent.hear.called import CalledEars
    CalledEars.hear = lambda *_, **__: time.sleep(1e6)

timer = threading.Timer(8.0, hang)
timer.daemon = True
if "edge_agent.workers.process" not in sys.orig_argv:  # their sandbox lets no thread start that was there before it
    timer.start()
"""


@pytest.mark.slow
def test_a_thread_that_hangs_ends_the_process_at_once_and_it_is_started_again(box: Box) -> None:
    """20 s for one step, and no wait for WatchdogSec= after that."""
    (box.root / "etc/hang").mkdir()
    (box.root / "etc/hang/sitecustomize.py").write_text(HANGS)
    box.edge_agent("service", "install", "talk", "--profile", "tiny")
    box.drop_in("RestartSec=1\nEnvironment=PYTHONPATH=/etc/hang")
    box.systemctl("restart", UNIT)
    (box.root / "etc/hang/sitecustomize.py").write_text("")  # the next start is a good one
    until(lambda: box.show("NRestarts") == "1", "watchdog", within_s=8 + 30)
    box.systemctl("start", UNIT)
    assert box.processes().keys() >= WORKERS
    said = box.run("journalctl", "--no-pager", f"--unit={UNIT}")
    assert "Stuck: hear has not moved for 2" in said
    assert "Fatal Python error: Aborted" in said


@pytest.mark.slow
def test_uninstalled_it_is_gone(talk: Box) -> None:
    """The last of those that share a machine."""
    talk.edge_agent("service", "uninstall")
    assert talk.show("LoadState") == "not-found"
    assert not list((talk.root / "etc/systemd/system").rglob("edge-agent*"))
    assert "could not be found" in talk.edge_agent("service", "status", ok=False)


def test_serve_answers_over_loopback_and_stops_in_the_middle_of_it(box: Box) -> None:
    box.edge_agent("service", "install", "serve", "--profile", "tiny")
    box.systemctl("start", UNIT)
    assert box.show("StatusText") == "profile tiny: ready at ws://127.0.0.1:8765"
    box.run(*CLIENT, "--output", "/run/reply.wav")
    assert (box.root / "run/reply.wav").stat().st_size > 1000
    with box.popen(*CLIENT, "--output", "/run/other.wav") as client:
        until(lambda: ":8765" in box.run("ss", "-Htn", "state", "established"), "a client", within_s=20)
        box.systemctl("stop", UNIT)
        client.kill()
    assert (box.show("Result"), box.show("ExecMainStatus")) == ("success", "0")


ASKS = """
import sys, urllib.error, urllib.request
asked = urllib.request.Request("http://127.0.0.1:8765/v1/models", headers={"Authorization": f"Bearer {sys.argv[1]}"})
try:
    print(urllib.request.urlopen(asked).status)
except urllib.error.HTTPError as error:
    print(error.code)
"""


@pytest.mark.slow
def test_a_key_that_root_laid_down_is_handed_over_and_nobody_else_can_read_it(box: Box) -> None:
    place = box.root / "etc/edge_agent/credentials"
    place.mkdir(0o700, parents=True)
    (place / "serve.token").write_text("0123456789abcdef0123\n")
    (place / "serve.token").chmod(0o600)
    box.edge_agent("service", "install", "serve", "--profile", "tiny")
    box.systemctl("start", UNIT)
    assert box.run(sys.executable, "-c", ASKS, "0123456789abcdef0123").strip() == "200"
    assert box.run(sys.executable, "-c", ASKS, "0123456789abcdef0124").strip() == "401"
    [handed] = (box.root / "run/credentials" / UNIT).iterdir()
    assert stat.S_IMODE(handed.stat().st_mode) == 0o400
    assert "0123456789abcdef0123" not in logs(box)


@pytest.mark.slow
def test_sealed_it_has_no_network_at_all(box: Box) -> None:
    box.edge_agent("service", "install", "talk", "--sealed", "--profile", "tiny")
    box.systemctl("start", UNIT)
    processes = box.processes()
    assert processes.keys() >= WORKERS | {"talk"}
    networks = {os.readlink(f"/proc/{pid}/ns/net") for pid in processes.values()}
    assert len(networks) == 1
    assert not networks & {os.readlink("/proc/self/ns/net"), os.readlink(f"/proc/{box.pid}/ns/net")}


@pytest.mark.parametrize("place", fast_first(["/tmp/a clone", "/run/user/0/50% of $x", "/home/jo/edge_agent"], 1))
def test_it_starts_wherever_the_checkout_lies(box: Box, place: str) -> None:
    """Also in a home that is a link to another disk."""
    box.run("mkdir", "-p", "/run/another disk")
    box.run("ln", "-s", "/run/another disk", "/home/jo")
    box.move(place)
    box.edge_agent("service", "install", "talk", "--profile", "tiny")
    box.systemctl("start", UNIT)
    assert box.processes().keys() >= WORKERS | {"talk"}
    assert place in box.show("ExecStart")


@pytest.mark.slow
def test_after_three_failed_starts_it_stays_and_says_why_until_that_is_mended(box: Box) -> None:
    box.edge_agent("service", "install", "talk", "--profile", "tiny")
    box.drop_in("RestartSec=1")
    model = build.choose(load({"models": {"profile": "tiny"}})).vad
    files = [root / model.name / model.main.name for root in default_roots()]
    copies = [box.root / file.relative_to("/") for file in files if file.exists()]
    for copy in copies:
        copy.rename(copy.with_suffix(".away"))
    box.systemctl("restart", "--no-block", UNIT)
    until(lambda: box.show("StatusText").startswith("safe mode"), "safe mode", within_s=40)
    assert "silero-vad" in box.show("StatusText")
    assert (box.show("ActiveState"), box.show("NRestarts")) == ("active", "3")
    assert not list((box.written / OF_THE_SERVICE[0]).glob("starts*")), "a full disk would have lost the count"
    for copy in copies:
        copy.with_suffix(".away").rename(copy)
    box.systemctl("restart", UNIT)
    assert box.processes().keys() >= WORKERS


@pytest.mark.slow
def test_the_unit_of_a_user_starts_under_a_manager_of_his(box: Box) -> None:
    environment = box.user_manager()
    box.edge_agent("service", "install", "--user", "--profile", "tiny", **environment)
    box.run("systemctl", "--user", "start", UNIT, **environment)
    assert "Active: active" in box.edge_agent("service", "status", "--user", **environment)
    assert "Profile tiny" in box.edge_agent("service", "logs", "--user", **environment)
    box.edge_agent("service", "uninstall", "--user", **environment)
    assert "could not be found" in box.edge_agent("service", "status", "--user", ok=False, **environment)
