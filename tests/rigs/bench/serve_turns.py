"""Serve bench: voice-to-voice over the socket of a server in a process of its own, and what idle sessions cost."""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from edge_agent.bench.clips import Clip
from edge_agent.bench.turns import CUT_OFF_S, first_sound, spread
from edge_agent.errors import EngineError
from edge_agent.lines.audio_file import read_audio
from edge_agent.lines.pcm import to_int16, to_mono_float
from edge_agent.processes import children, cpu_s, resident_mb
from edge_agent.resample import resample

RATE_HZ = 24_000
BLOCK = RATE_HZ // 50
"""Samples of one append: 20 ms, as the blocks of a line."""
PATIENCE_S = 30.0
ENOUGH_S = 0.3
"""An answer is listened to for so long."""
AGAIN_S = 0.05
"""Between two tries where there is no place."""
IDLE_SESSIONS = 10
IDLE_S = 10.0

Row = dict[str, Any]


def bench_serve(
    clips: Sequence[Clip], flags: Sequence[str], *, progress: Callable[[str], object] = lambda line: None
) -> Row:
    """Each clip in a session of its own, at the pace of speech; the first, cold one is left out."""
    with server(flags) as (url, pid):
        idle = idle_cost(url, pid)
        progress(f"{IDLE_SESSIONS} idle sessions: {idle['rss_mb']:.1f} MB, {100 * idle['cpu_share']:.2f} % of a core")
        rows: list[Row] = []
        for clip in clips:
            rows.append(play(clip, url) | {"cold": not rows})
            progress(f"{len(rows)}/{len(clips)} {clip.path.name}: {rows[-1]['v2v_s']}")
    warm = [row for row in rows if not row["cold"]]
    v2v = [row["v2v_s"] for row in warm if row["v2v_s"] is not None]
    summary = {
        "turns": len(warm),
        "measured": len(v2v),
        "v2v_s": spread(v2v),
        "cut_off": sum(row["cut_off"] for row in warm),
        "missed": sum(row["missed"] for row in warm),
    }
    return {"summary": summary, "idle": idle, "rows": rows}


@contextlib.contextmanager
def server(flags: Sequence[str], sessions: int = 2 * IDLE_SESSIONS) -> Iterator[tuple[str, int]]:
    """`edge-agent serve` with these flags and places on a free port: its URL and process id."""
    command = [sys.executable, "-m", "edge_agent", "serve", "--port", "0", "--max-sessions", str(sessions)]
    with subprocess.Popen([*command, *flags], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            words = process.stdout.readline().split()
            url = next((word for word in words if word.startswith("ws://")), None)
            if url is None:
                raise EngineError("The server did not start; its own message is above.")
            yield f"{url}?model=bench", process.pid
        finally:
            process.terminate()


def idle_cost(url: str, pid: int) -> Row:
    """What IDLE_SESSIONS add to the memory of the server, and their share of a core over IDLE_S."""
    with _connect(url):
        pass  # the first one imports
    time.sleep(IDLE_S)  # the openers that are rendered ahead are not theirs
    before_mb, before_cpu = _all(resident_mb, pid), _all(cpu_s, pid)
    time.sleep(IDLE_S)
    alone = (_all(cpu_s, pid) - before_cpu) / IDLE_S
    with contextlib.ExitStack() as stack:
        for _ in range(IDLE_SESSIONS):
            stack.enter_context(_connect(url))
        begun_cpu = _all(cpu_s, pid)
        time.sleep(IDLE_S)
        share = (_all(cpu_s, pid) - begun_cpu) / IDLE_S
        return {
            "sessions": IDLE_SESSIONS,
            "rss_mb": _all(resident_mb, pid) - before_mb,
            "cpu_share": share,
            "cpu_share_without": alone,
        }


@dataclass
class _Call:
    """One connection as it is listened to. Times from the first sample of the clip."""

    begun_s: float = 0.0
    stops_s: list[float] = field(default_factory=list)
    """When the server took the user for finished."""
    answer: str = ""
    sound: list[bytes] = field(default_factory=list)
    """Of the last answer."""
    arrived_s: list[float] = field(default_factory=list)

    def take(self, event: Row) -> None:
        now_s = time.monotonic() - self.begun_s
        kind = event["type"]
        if kind == "input_audio_buffer.speech_stopped":
            self.stops_s.append(now_s)
        elif kind == "response.output_audio.delta":
            if event["response_id"] != self.answer:
                self.answer, self.sound, self.arrived_s = event["response_id"], [], []
            self.sound.append(base64.b64decode(event["delta"]))
            self.arrived_s.append(now_s)

    def first_sound_s(self) -> float | None:
        """Playback begins with the first delta; no sample sounds before it has come."""
        samples = to_mono_float(np.frombuffer(b"".join(self.sound), "<i2").astype(np.int16))
        at_s = first_sound(samples, RATE_HZ)
        if at_s is None:
            return None
        ends_s = np.cumsum([len(delta) for delta in self.sound]) / (2 * RATE_HZ)
        return max(self.arrived_s[0] + at_s, self.arrived_s[int(np.searchsorted(ends_s, at_s, side="right"))])


def play(clip: Clip, url: str) -> Row:
    """Speak the clip in 20 ms, then silence, until an answer to its last words has sounded for ENOUGH_S."""
    samples, rate_hz = read_audio(clip.path)
    pcm = to_int16(resample(samples, rate_hz, RATE_HZ))
    call, sent, first_s = _Call(), 0, None
    with _connect(url) as socket:
        call.begun_s = time.monotonic()
        while True:
            now_s = time.monotonic() - call.begun_s
            due_s = (sent + BLOCK) / RATE_HZ
            if now_s < due_s:
                with contextlib.suppress(TimeoutError):
                    call.take(json.loads(socket.recv(timeout=due_s - now_s)))
                continue
            block = np.zeros(BLOCK, np.int16)
            spoken = pcm[sent : sent + BLOCK]
            block[: len(spoken)] = spoken
            audio = base64.b64encode(block.astype("<i2").tobytes()).decode()
            socket.send(json.dumps({"type": "input_audio_buffer.append", "audio": audio}))
            sent += BLOCK
            if now_s > clip.speech_end_s:
                first_s = call.first_sound_s()
                if first_s is not None and first_s > clip.speech_end_s and now_s > first_s + ENOUGH_S:
                    break
                if now_s > clip.speech_end_s + PATIENCE_S:
                    break
    cut_off = any(at_s < clip.speech_end_s - CUT_OFF_S for at_s in call.stops_s)
    missed = first_s is None or first_s <= clip.speech_end_s
    return {
        "set": clip.set,
        "file": clip.path.name,
        "v2v_s": None if cut_off or missed or first_s is None else first_s - clip.speech_end_s,
        "commit_s": call.stops_s[-1] - clip.speech_end_s if call.stops_s else None,
        "cut_off": cut_off,
        "missed": missed,
    }


def _connect(url: str) -> Any:
    """A socket whose first event was read. Where there is no place, again and again: that of the last clip is free
    only when its socket has ended."""
    from websockets.sync.client import connect

    until_s = time.monotonic() + PATIENCE_S
    while True:
        socket = connect(url, proxy=None, max_size=None, compression=None, subprotocols=["realtime"])  # type: ignore[list-item]
        first = json.loads(socket.recv(PATIENCE_S))
        if first["type"] != "error":
            return socket
        socket.close()
        if time.monotonic() > until_s:
            raise EngineError(first["error"]["message"])
        time.sleep(AGAIN_S)


def _all(figure: Callable[[int], float], pid: int) -> float:
    """Of the server and its workers."""
    return sum(figure(each) for each in (pid, *children(pid)))
