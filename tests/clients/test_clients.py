"""The server with real models, and programs that people use with the hosted one: each in its own environment."""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from tiers import fast_first

from edge_agent.lines.audio_file import read_audio
from edge_agent.resample import resample

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SPEECH = ROOT / "tests" / "data" / "speech"
SPOKEN = {
    "question": SPEECH / "googlespeech_brooklyn_bridge.flac",
    "interruption": SPEECH / "speechtophrase_what_s_the_weather.flac",
}
CLIENTS = {
    "openai_ga.py": "openai",
    "openai_agents.py": "openai",
    "openai_beta.py": "openai",
    "pipecat_service.py": "pipecat",
    "livekit_model.py": "livekit",
    "agents_realtime.mjs": "node",
    "openai_realtime_api.mjs": "node",
}
"""Driver -> its environment (scripts/clients)."""
PLAIN = {"openai_doors.py": "openai", "langchain_chat.py": "langchain", "ai_sdk.mjs": "node"}
"""Those of the doors beside the socket, each with scenarios of its own."""
SCENARIOS = ("spoken_turn", "tool_call", "barge_in", "text_turn", "cancel", "truncate_retrieve", "two_sessions")
"""The fast tier plays the first two."""

pytestmark = [pytest.mark.model, pytest.mark.timeout(600)]


@cache
def environment(name: str) -> Path:
    made = subprocess.run([ROOT / "scripts" / "clients", name], stdout=subprocess.PIPE, text=True, check=True)
    return Path(made.stdout.strip())


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """PCM16 at 24 kHz of what is said to the clients."""
    folder = tmp_path_factory.mktemp("spoken")
    files = []
    for name, source in SPOKEN.items():
        samples, rate_hz = read_audio(source)
        pcm = resample(samples, rate_hz, 24_000)
        files.append(folder / f"{name}.pcm")
        files[-1].write_bytes((pcm * 32767).astype(np.int16).tobytes())
    return files


def reported(driver: str, where: str, *given: Path | str) -> dict[str, dict[str, str]]:
    """What a driver says about each of its scenarios."""
    place = environment(where)
    if driver.endswith(".py"):
        command = [place / "bin" / "python", HERE / driver]
    else:  # Node finds packages beside the program
        for source in (HERE / "node").glob("*.mjs"):
            (place / source.name).write_bytes(source.read_bytes())
        command = [place / "bin" / "node", place / driver]
    quiet = os.environ | {"OPENAI_AGENTS_DISABLE_TRACING": "1", "LANGSMITH_TRACING": "false"}
    run = subprocess.run([*command, *given], capture_output=True, text=True, env=quiet, check=False)
    said = [json.loads(line) for line in run.stdout.splitlines() if line.startswith('{"scenario"')]
    assert said, run.stdout + run.stderr
    return {report["scenario"]: report for report in said}


@pytest.fixture(scope="module", params=fast_first(list(CLIENTS), 2))
def reports(
    request: pytest.FixtureRequest, real_server: str, spoken: list[Path], everything: bool
) -> dict[str, dict[str, str]]:
    """What the driver of one Realtime client says."""
    wanted = SCENARIOS if everything else SCENARIOS[:2]
    only = [] if everything else [word for name in wanted for word in ("--only", name)]
    told = reported(request.param, CLIENTS[request.param], real_server, *spoken, *only)
    assert len(told) == len(wanted)
    return told


@pytest.mark.parametrize("scenario", fast_first(SCENARIOS, 2))
def test_client(reports: dict[str, dict[str, str]], scenario: str) -> None:
    assert reports[scenario]["ok"], reports[scenario]["note"]


@pytest.mark.slow
@pytest.mark.parametrize("driver", PLAIN)
def test_client_of_the_plain_doors(real_server: str, spoken: list[Path], driver: str) -> None:
    told = reported(driver, PLAIN[driver], real_server, *spoken)
    assert len(told) >= 6
    assert [f"{name}: {report['note']}" for name, report in told.items() if not report["ok"]] == []
