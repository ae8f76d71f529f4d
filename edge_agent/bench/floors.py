"""Floors: the least time that a stage can take on this machine, from the bytes it must read and the work it must do.

`floor / achieved` says how much of a stage is left to gain. A stage that begins before its own time (a text that was
recognised while the user spoke) may end below its floor; a stage whose work is not known has none.
"""

from __future__ import annotations

import math
import struct
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from edge_agent.store import Model
from edge_agent.types import Json

MEASURE_S = 0.3
"""Each of the two rates is measured for so long."""

WHISPER = {"tiny": (384, 4), "base": (512, 6), "small": (768, 12), "medium": (1024, 24)}
"""Size -> width of the states and number of layers, the same in encoder and decoder."""
WHISPER_VOCABULARY = 51_865
VITS_FLOP_PER_S = {"medium": 1.64e9}
"""Piper's quality -> floating-point operations, for each second of a text's sound, before any of it can be heard: the
flow (7.2 M multiplications and additions a frame of 256 samples at 22,050 Hz) and the text (some 0.4 GFLOP). The
decoder's 3.9 GFLOP a second are no part of the floor, as it can begin with the first frames alone."""
GGML_BYTES = {
    0: 4.0,
    1: 2.0,
    2: 18 / 32,
    6: 22 / 32,
    7: 24 / 32,
    8: 34 / 32,
    12: 144 / 256,
    13: 176 / 256,
    14: 210 / 256,
}
"""Type of a tensor in a GGUF file -> bytes a weight: F32, F16, Q4_0, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K, Q6_K."""


@dataclass(frozen=True, slots=True)
class Peaks:
    """What this machine can do at most, with as many threads as the process has cores."""

    read_bytes_per_s: float
    """Memory that is only read, as the weights of a model are."""
    flop_per_s: float
    """Products of float32 matrices. int8 kernels can be faster."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What the models of a conversation cost; None where it is not known."""

    whisper: tuple[int, int] | None
    """Width of the states, layers."""
    llm_bytes_per_token: int | None
    tts_flop_per_s: float | None

    @classmethod
    def of(cls, asr: Model, llm: Model, voice: Model) -> Costs:
        whisper = next((shape for size, shape in WHISPER.items() if size in Path(asr.name).name), None)
        tts = next((flop for size, flop in VITS_FLOP_PER_S.items() if size in Path(voice.name).name), None)
        return cls(whisper, bytes_per_token(llm.main), tts)


def measure(threads: int) -> Peaks:
    """Takes under two seconds and some 128 MB a thread: after the turns, whose memory is to be told."""
    block = np.ones(32_000_000, np.float32)  # 128 MB: far more than any cache
    matrix = np.ones((768, 768), np.float32)
    with ThreadPoolExecutor(threads) as pool:
        blocks = [block, *(block.copy() for _ in range(threads - 1))]
        read = sum(pool.map(lambda x: x.nbytes * _rate(lambda: np.dot(x, x)), blocks))
        flop = sum(pool.map(lambda x: 2 * len(x) ** 3 * _rate(lambda: x @ x), [matrix] * threads))
    return Peaks(read, flop)


def add_floors(result: Json, costs: Costs, peaks: Peaks) -> Json:
    """The result of `bench_turns` with `peaks`, and in each row and the summaries `floors`."""
    rows = [row | {"floors": floors(row["work"], costs, peaks)} for row in result["rows"]]
    warm = [row for row in rows if not row["cold"]]
    sets = {
        name: summary | {"floors": efficiency([row for row in warm if row["set"] == name])}
        for name, summary in result["sets"].items()
    }
    summary = result["summary"] | {"floors": efficiency(warm)}
    return {**result, "peaks": asdict(peaks), "summary": summary, "sets": sets, "rows": rows}


def floors(work: Json, costs: Costs, peaks: Peaks) -> dict[str, float]:
    """Stage -> least time in seconds. Every word is at least one token."""
    found = {}
    if costs.whisper and work["words"]:
        encode_s = encoder_flop(work["speech_s"], *costs.whisper) / peaks.flop_per_s
        found["ASR"] = encode_s + work["words"] * decoder_bytes(*costs.whisper) / peaks.read_bytes_per_s
    if costs.llm_bytes_per_token and work["fragment_words"]:
        found["LLM"] = work["fragment_words"] * costs.llm_bytes_per_token / peaks.read_bytes_per_s
    if costs.tts_flop_per_s and work["fragment_s"]:
        found["TTS"] = work["fragment_s"] * costs.tts_flop_per_s / peaks.flop_per_s
    return found


def efficiency(rows: Sequence[Json]) -> dict[str, Json]:
    """Stage -> medians of its floor and of floor / achieved, over the turns that have both."""
    pairs: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        for stage in row["stages"]:
            if stage["name"] in row["floors"] and stage["seconds"] > 0:
                pairs.setdefault(stage["name"], []).append((row["floors"][stage["name"]], stage["seconds"]))
    return {
        name: {
            "floor_s": float(np.median([floor_s for floor_s, _ in found])),
            "of_achieved": float(np.median([floor_s / seconds for floor_s, seconds in found])),
        }
        for name, found in pairs.items()
    }


def encoder_flop(seconds: float, width: int, layers: int) -> float:
    """The operations of Whisper's encoder for `seconds` of sound, in `states` of 20 ms: attention, two convolutions."""
    states = 50 * seconds
    per_layer = 24 * width**2 * states + 4 * states**2 * width
    return layers * per_layer + 960 * width * states + 6 * width**2 * states


def decoder_bytes(width: int, layers: int) -> int:
    """Weights, one byte each, that Whisper's decoder reads for a token: 14 width^2 a layer, and the vocabulary."""
    return layers * 14 * width**2 + WHISPER_VOCABULARY * width


def bytes_per_token(gguf: Path) -> int | None:
    """What is read for a token: all of the file, less the input embedding where the output head is a table of its own.

    None where the embedding is of a type that is not in GGML_BYTES. The file's own header is counted: 1 to 2 %.
    """
    with gguf.open("rb") as file:
        head = file.read(64_000_000)
    if _tensor(b"output.weight", head) < 0:
        return gguf.stat().st_size
    at = _tensor(b"token_embd.weight", head)
    dimensions = struct.unpack_from("<I", head, at)[0]
    *shape, kind = struct.unpack_from(f"<{dimensions}QI", head, at + 4)
    per_weight = GGML_BYTES.get(kind)
    return None if per_weight is None else gguf.stat().st_size - round(math.prod(shape) * per_weight)


def _tensor(name: bytes, head: bytes) -> int:
    """The position in the header of a GGUF file after the name of a tensor, where its description goes on; -1
    without."""
    found = head.find(struct.pack("<Q", len(name)) + name)
    return found if found < 0 else found + 8 + len(name)


def _rate(work: Callable[[], object]) -> float:
    """Times a second, the best of the runs that fit into MEASURE_S: others may be at work meanwhile."""
    best_s, until_s = float("inf"), time.perf_counter() + MEASURE_S
    while time.perf_counter() < until_s:
        started_s = time.perf_counter()
        work()
        best_s = min(best_s, time.perf_counter() - started_s)
    return 1 / best_s
