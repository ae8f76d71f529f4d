"""Hybrid: an analogue telephone line, where what we say comes back to us: made up, in virtual time.

`python -m tests.rigs.sip.hybrid` prints what the canceller makes of it, and how often the VAD hears somebody in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import typer

from edge_agent.clock import ManualClock
from edge_agent.interfaces import Vad
from edge_agent.lines.audio_file import read_audio
from edge_agent.lines.echo import against_echo
from edge_agent.lines.pcm import to_int16
from edge_agent.phone.line import SipLine
from edge_agent.phone.media import AHEAD_S, FRAME_S
from edge_agent.phone.messages import FromPeer, Order, PickedUp, ToPeer
from edge_agent.resample import resample
from edge_agent.serve import g711
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, Samples

SPEECH = Path(__file__).parents[2] / "data" / "speech"
RATE_HZ, VOICE_HZ = 8_000, 22_050
FRAME = 160
LEVEL = 0.1
"""The level of both voices: -20 dBFS."""
NOISE = 1e-4
TAPS = 64
"""The length of the hybrid's response: 8 ms, as those of ITU-T G.168 about are."""


def clip(name: str, rate_hz: int) -> Samples:
    """A recording of tests/data/speech, at `LEVEL`."""
    samples, own_hz = read_audio(SPEECH / name)
    sound = resample(samples, own_hz, rate_hz)
    loud = sound[np.abs(sound) > 0.01]
    made: Samples = (sound * LEVEL / np.sqrt((loud**2).mean())).astype(np.float32)
    return made


def hybrid(return_loss_db: float, seed: int = 1) -> Samples:
    """A response that makes what goes through quieter by so much (echo return loss)."""
    chance = np.random.default_rng(seed)
    taps = chance.standard_normal(TAPS) * np.exp(-np.arange(TAPS) / 12)
    band = np.abs(np.fft.rfft(taps, 512))[20:220]
    response: Samples = (taps / np.sqrt((band**2).mean()) * 10 ** (-return_loss_db / 20)).astype(np.float32)
    return response


def heard(said: Samples, user: Samples, response: Samples, delay_s: float, *, cancelled: bool) -> Samples:
    """What the ears get at 16 kHz while `said` (at the voice's rate) is said and `user` (8 kHz) speaks: for as long as
    `user` is. Both ways go through A-law."""
    told, clock, chance = list[Order](), ManualClock(), np.random.default_rng(3)
    line = SipLine("in1", "sip:1@127.0.0.1", told.append, clock, VOICE_HZ, outgoing=False)
    line.take(PickedUp("in1", "PCMA"))
    source = against_echo(line, "on" if cancelled else "off", microphone=None, on_status=typer.echo).source
    back, frames, ahead, at = np.zeros(len(user) + 2 * RATE_HZ, np.float32), list[Samples](), 0, 0
    for start in range(0, len(user) - FRAME + 1, FRAME):
        clock.sleep_until(clock.now() + FRAME_S)
        while line.voice.waiting_s < 0.1 and at < len(said):
            line.voice.put(said[at : at + VOICE_HZ // 50], VOICE_HZ)
            at += VOICE_HZ // 50
        near = back[start : start + FRAME] + user[start : start + FRAME] + NOISE * chance.standard_normal(FRAME)
        told.clear()
        line.take(FromPeer("in1", RATE_HZ, round(AHEAD_S / FRAME_S) - ahead, coded(near.astype(np.float32))))
        for order in told:
            if isinstance(order, ToPeer):
                place = start + ahead * FRAME + round(delay_s * RATE_HZ)
                echo = np.convolve(coded(order.samples), response)
                back[place : place + len(echo)] += echo
                ahead += 1
        ahead = max(0, ahead - 1)
        while len(line.source._pieces) > 4:
            frame = source.read()
            assert frame is not None
            frames.append(frame.samples)
    return np.concatenate(frames)


def coded(samples: Samples) -> Samples:
    return g711.decode(g711.encode(to_int16(samples), "alaw"), "alaw").astype(np.float32) / np.float32(32768)


def level_db(samples: Samples) -> float:
    return float(10 * np.log10((samples**2).mean() + 1e-12))


def speech_s(samples: Samples, vad: Vad) -> float:
    """The seconds in which the VAD hears somebody."""
    vad.reset()
    frames = [samples[at : at + HEAR_FRAME] for at in range(0, len(samples) - HEAR_FRAME, HEAR_FRAME)]
    return sum(vad.probability(each) > 0.5 for each in frames) * HEAR_FRAME / HEAR_RATE_HZ


def main(losses_db: Sequence[float] = (6, 12, 20), delays_s: Sequence[float] = (0.03, 0.15, 0.3)) -> None:
    from edge_agent import build
    from edge_agent.config import load

    settings = load()
    vad = build.vad(settings, build.choose(settings).vad)
    names = sorted(each.name for each in SPEECH.glob("*.flac") if "dBFS" not in each.name)
    said = np.concatenate([clip(name, VOICE_HZ) for name in names[:14]])[: 20 * VOICE_HZ]
    nobody = np.zeros(20 * RATE_HZ, np.float32)
    typer.echo(
        "return loss, delay: echo as it comes and as it is left, dBFS (6 to 20 s); seconds of 20 that are speech"
    )
    for loss_db in losses_db:
        for delay_s in delays_s:
            both = [heard(said, nobody, hybrid(loss_db), delay_s, cancelled=each) for each in (False, True)]
            levels, speech = (
                [level_db(each[6 * HEAR_RATE_HZ :]) for each in both],
                [speech_s(each, vad) for each in both],
            )
            figures = f"{levels[0]:.1f} -> {levels[1]:.1f} dBFS; {speech[0]:.1f} -> {speech[1]:.1f} s"
            typer.echo(f"{loss_db:g} dB, {1000 * delay_s:.0f} ms: {figures}")


if __name__ == "__main__":
    main()
