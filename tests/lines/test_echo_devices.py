"""The echo of a sound card in real time: null sinks of PulseAudio, joined by a room that convolves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.rigs.room.loop import joined

if TYPE_CHECKING:
    from sound_server import SoundServer

pytestmark = [pytest.mark.device, pytest.mark.slow]

SPEAK = """
import json, sys, threading
from pathlib import Path
import numpy as np
from edge_agent.bench.sound import read_16_khz
from edge_agent.lines.canceller import power_db
from edge_agent.lines.echo import against_echo
from edge_agent.lines.soundcard import SoundCard

voice = np.concatenate([read_16_khz(Path("tests/data/speech", f"{name}.flac")) for name in sys.argv[2:]])
card = SoundCard(16_000, microphone="test_user", speaker="test_spk")
raw, read = [], card.source.read
def keep():
    frame = read()
    if frame is not None:
        raw.append(frame.samples)
    return frame
card.source.read = keep
line = against_echo(card, sys.argv[1], microphone="test_user", on_status=print)
heard = []
def listen():
    while (frame := line.source.read()) is not None:
        heard.append(frame)
listener = threading.Thread(target=listen)
listener.start()
for at in range(0, len(voice), 320):
    line.sink.write(voice[at : at + 320])
line.close()
listener.join()
raw, rate_hz = np.concatenate(raw), card.source.rate_hz
clean = np.concatenate([frame.samples for frame in heard])
seconds = len(clean) / line.source.rate_hz
def level(sound, rate_hz):
    return power_db(sound[round((seconds - 6) * rate_hz) : round((seconds - 1) * rate_hz)])
print(json.dumps({"raw_db": level(raw, rate_hz), "clean_db": level(clean, line.source.rate_hz)}))
"""


@pytest.mark.parametrize("mode", ["on", "off"])
def test_the_echo_of_a_sound_card_is_taken_away(mortal_sound_server: SoundServer, mode: str) -> None:
    with joined(mortal_sound_server.environment):
        names = ("2033-164914-0003", "2609-156975-0001", "3331-159605-0003")
        run = mortal_sound_server.python(SPEAK, mode, *names, timeout_s=100)
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout.splitlines()[-1])
    assert found["raw_db"] > -45, "there was an echo"
    loss = found["raw_db"] - found["clean_db"]
    assert loss > 20 if mode == "on" else abs(loss) < 3, found
