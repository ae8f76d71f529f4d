"""Choosing devices by name, and the commands that list and test them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sound_server import SoundServer

pytestmark = pytest.mark.device

FIND = """
import sys
from edge_agent.errors import DeviceError
from edge_agent.lines.devices import find_device
try:
    print(find_device(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None).name)
except DeviceError as error:
    print(error)
"""

# What `edge-agent` itself does with errors, without the rest of the command line.
COMMAND = "from edge_agent.__main__ import main; main()"


def edge_agent(server: SoundServer, *arguments: str) -> tuple[int, str, str]:
    done = server.python(COMMAND, "devices", *arguments)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["input"], "default"),
        (["input", "test_mic"], "test_mic"),
        (["input", "MIC"], "test_mic"),
        (["output", "_SPK"], "test_spk"),
        (["output", "Default"], "default"),
        (["input", "monitor"], "test_monitor"),  # by name it is allowed
    ],
)
def test_a_device_is_chosen_by_a_part_of_its_name(sound_server: SoundServer, arguments: list[str], name: str) -> None:
    assert sound_server.python(FIND, *arguments).stdout.strip() == name


def test_an_unknown_name_lists_what_there_is(sound_server: SoundServer) -> None:
    answer = sound_server.python(FIND, "input", "yeti").stdout
    assert "No microphone has 'yeti' in the name; there is: " in answer
    assert "test_mic" in answer
    assert "edge-agent devices list" in answer


def test_an_ambiguous_name_lists_the_candidates_and_no_others(sound_server: SoundServer) -> None:
    answer = sound_server.python(FIND, "input", "test").stdout
    assert "4 microphones have 'test' in the name; there is: test_mic, test_user, test_spk, test_monitor." in answer


def test_a_default_microphone_that_is_a_monitor_is_refused(sound_server: SoundServer) -> None:
    sound_server.pactl("set-default-source", "spk.monitor")
    try:
        answer = sound_server.python(FIND, "input").stdout
    finally:
        sound_server.pactl("set-default-source", "mic_src")
    assert "'spk.monitor', the monitor of a loudspeaker" in answer


def test_list_shows_every_device_and_marks_the_defaults(sound_server: SoundServer) -> None:
    code, output, _ = edge_agent(sound_server, "list")
    assert code == 0
    lines = output.splitlines()
    assert any(line.startswith("* microphone  default") for line in lines)
    assert any(line.startswith("* speaker     default") for line in lines)
    assert any("microphone  test_mic" in line and "ALSA" in line and "16, 44.1, 48" in line for line in lines)


def test_list_as_json(sound_server: SoundServer) -> None:
    code, output, _ = edge_agent(sound_server, "list", "--json")
    (microphone,) = [row for row in json.loads(output) if (row["kind"], row["name"]) == ("input", "test_mic")]
    assert code == 0
    assert microphone["rates_hz"] == [16000, 44100, 48000]
    assert microphone["is_default"] is False


def test_test_reports_the_level_and_plays_a_tone(sound_server: SoundServer) -> None:
    code, output, error = edge_agent(
        sound_server, "test", "--microphone", "test_mic", "--speaker", "test_spk", "--seconds", "0.5"
    )
    assert code == 0, error
    assert "Digital silence" in output
    assert "440 Hz" in output
    assert "\x1b" not in output  # the meter moves only on a terminal


@pytest.mark.slow
def test_test_as_json(sound_server: SoundServer) -> None:
    code, output, error = edge_agent(
        sound_server,
        "test",
        "--json",
        "--microphone",
        "test_mic",
        "--speaker",
        "test_spk",
        "--seconds",
        "0.3",
    )
    assert code == 0, error
    result = json.loads(output)
    assert result["microphone"]["peak_dbfs"] == -120.0
    assert result["speaker"]["name"] == "test_spk"


def has_sound_card() -> bool:
    cards = Path("/proc/asound/cards")
    return cards.exists() and "no soundcards" not in cards.read_text()


@pytest.mark.skipif(has_sound_card(), reason="this machine has a sound card, which no setting can hide from PortAudio")
@pytest.mark.parametrize("arguments", [["list"], ["test"], ["list", "--json"]])
def test_without_any_device_there_is_one_sentence_and_exit_code_1(
    sound_server: SoundServer, arguments: list[str], tmp_path: Path
) -> None:
    (tmp_path / "asound.conf").write_text("</usr/share/alsa/alsa.conf>\n")
    nothing = {"ALSA_CONFIG_PATH": f"{tmp_path}/asound.conf", "PULSE_SERVER": f"unix:{tmp_path}/none"}
    environment = {**sound_server.environment, **nothing}
    done = sound_server.run(sys.executable, "-c", COMMAND, "devices", *arguments, environment=environment)
    assert done.returncode == 1
    assert done.stdout == ("[]\n" if "--json" in arguments else "")
    assert done.stderr.startswith("edge-agent: There is no ")
    assert "Traceback" not in done.stderr


def test_a_missing_portaudio_says_how_to_install_it(sound_server: SoundServer) -> None:
    """`sounddevice` raises OSError at import when it finds no library."""
    hide = "import ctypes.util; ctypes.util.find_library = lambda name: None\n"
    done = sound_server.python(hide + COMMAND, "devices", "list")
    assert done.returncode == 1
    assert "The PortAudio library is missing." in done.stderr
    assert "sudo apt-get install libportaudio2" in done.stderr


CHECK = """
import sys
from pathlib import Path
from edge_agent.errors import DeviceError
from edge_agent.lines.known import KnownNames
from edge_agent.lines.soundcard import check
try:
    check("input", sys.argv[1], KnownNames(Path(sys.argv[2])))
    print("fine")
except DeviceError as error:
    print(error)
"""


def test_a_name_that_never_was_is_an_error_and_one_that_was_is_waited_for(
    sound_server: SoundServer, tmp_path: Path
) -> None:
    def check(name: str) -> str:
        return sound_server.python(CHECK, name, str(tmp_path)).stdout

    assert "No microphone has 'yeti' in the name" in check("yeti")
    assert check("test_mic") == "fine\n"
    assert "microphones have 'test' in the name" in check("test")
    (tmp_path / "devices").write_text("input yeti\n")
    assert check("yeti") == "fine\n"


def test_alsa_s_card_number_may_change(sound_server: SoundServer) -> None:
    assert sound_server.python(FIND, "input", "test_mic (hw:3,0)").stdout == "test_mic\n"
