"""Telephone: the same speech as it sounds through a codec of telephones or browsers: what that costs in words."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from edge_agent.bench.sound import read_16_khz
from edge_agent.bench.wer import count_errors
from edge_agent.interfaces import AsrEngine
from edge_agent.lines.pcm import to_int16
from edge_agent.phone.conceal import Concealer
from edge_agent.resample import resample
from edge_agent.rtc.opus import OpusCoder, OpusDecoder
from edge_agent.serve import g711
from edge_agent.types import HEAR_RATE_HZ, Json, Samples

Codec = Literal["none", "pcmu", "pcma", "g722", "opus"]
NARROW_HZ, OPUS_HZ = 8_000, 48_000
FRAME = HEAR_RATE_HZ // 50


def bench_telephone(
    clips: Sequence[tuple[Path, Json]],
    asr: AsrEngine,
    progress: Callable[[str], object] = lambda line: None,
    *,
    loss: float = 0.0,
) -> Json:
    """Each clip of `read_said`, as it is and through each codec. Returns `codecs`, each with `wer`, `errors` and
    `words`, ready for JSON. `loss`: the share of the frames that are lost behind a codec, and concealed."""
    asr.warm_up()
    heard: dict[str, list[tuple[str, str]]] = {codec: [] for codec in get_args(Codec)}
    for path, row in clips:
        samples = read_16_khz(path)
        for codec, pairs in heard.items():
            pairs.append((row["transcript"], asr.transcribe(through(samples, codec, loss, seed=len(pairs))).text))
        progress(f"{len(heard['none'])}/{len(clips)} {row['set']}/{row['file']}")
    counted = {codec: count_errors(pairs) for codec, pairs in heard.items()}
    return {
        "clips": len(clips),
        "loss": loss,
        "codecs": {
            codec: {"wer": each.errors / max(1, each.words), "errors": each.errors, "words": each.words}
            for codec, each in counted.items()
        },
    }


def through(samples: Samples, codec: str, loss: float = 0.0, seed: int = 0) -> Samples:
    """Speech at 16 kHz, as it comes out of the codec and is resampled for the ears, without a share of its frames."""
    if codec == "none":
        return samples
    if codec == "opus":
        return _opus(samples, loss, seed)
    heard = _g722(samples) if codec == "g722" else _g711(samples, codec)
    return lossy(heard, loss, seed) if loss else heard


def _g711(samples: Samples, codec: str) -> Samples:
    law: g711.Law = "ulaw" if codec == "pcmu" else "alaw"
    coded = g711.encode(to_int16(resample(samples, HEAR_RATE_HZ, NARROW_HZ)), law)
    heard = g711.decode(coded, law).astype(np.float32) / np.float32(32768)
    return resample(heard, NARROW_HZ, HEAR_RATE_HZ)


def lossy(samples: Samples, loss: float, seed: int) -> Samples:
    """The same without a share of its frames of 20 ms, each lost by itself, and concealed as the phone does."""
    chance, concealer = random.Random(seed), Concealer(HEAR_RATE_HZ)
    frames = [samples[at : at + FRAME] for at in range(0, len(samples), FRAME)]
    return np.concatenate(
        [concealer.fill(len(each)) if chance.random() < loss else concealer.heard(each) for each in frames]
    )


def _g722(samples: Samples) -> Samples:
    """FFmpeg's codec, both ways."""
    import av

    encoder, decoder = av.CodecContext.create("g722", "w"), av.CodecContext.create("g722", "r")
    for each in (encoder, decoder):
        each.sample_rate, each.layout, each.format = HEAR_RATE_HZ, "mono", "s16"
    pcm = to_int16(samples)
    out = []
    for at in range(0, len(pcm) - FRAME + 1, FRAME):
        frame = av.AudioFrame.from_ndarray(pcm[None, at : at + FRAME], format="s16", layout="mono")
        frame.sample_rate = HEAR_RATE_HZ
        for packet in encoder.encode(frame):
            out += [each.to_ndarray()[0] for each in decoder.decode(packet)]
    return np.concatenate(out).astype(np.float32) / np.float32(32768)


def _opus(samples: Samples, loss: float, seed: int) -> Samples:
    """Frames of 20 ms as browsers send them; what is lost of them is made from the copy in the next, or concealed."""
    chance, coder, decoder = random.Random(seed), OpusCoder(OPUS_HZ), OpusDecoder(HEAR_RATE_HZ)
    wide, size = resample(samples, HEAR_RATE_HZ, OPUS_HZ), OPUS_HZ // 50
    packets = [coder.encode(wide[at : at + size]) for at in range(0, len(wide) - size + 1, size)]
    came = [packet if chance.random() >= loss else None for packet in packets]
    return np.concatenate(
        [decoder.decode(each) if each else decoder.conceal(FRAME, behind) for each, behind in pairwise([*came, None])]
    )
