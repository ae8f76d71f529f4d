"""ASR bench: word error rate and time a clip, beside faster-whisper's own `transcribe` in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from edge_agent.bench.clips import Half, read_rows
from edge_agent.bench.sound import read_16_khz
from edge_agent.bench.wer import count_errors, ready
from edge_agent.errors import InputError
from edge_agent.interfaces import AsrEngine
from edge_agent.types import HEAR_RATE_HZ, Json, Samples


def read_said(manifests: Sequence[Path], *, part: Half = Half.ALL, limit: int = 0) -> list[tuple[Path, Json]]:
    """The transcribed clips of `part`, at most `limit` of each manifest (0: all): file, and the row it begins.

    Raises InputError where a manifest cannot be read, none holds a transcribed clip, or jiwer is missing.
    """
    ready()
    found: list[tuple[Path, Json]] = []
    for manifest in manifests:
        said = [row for row in read_rows(manifest, part) if row.get("transcript")]
        for row in said[: limit or None]:
            known = {"file": row["file"], "language": row.get("language") or "en", "transcript": row["transcript"]}
            found.append((manifest.parent / row["file"], {"set": manifest.resolve().parent.name, **known}))
    if not found:
        raise InputError("The manifests hold no clip with a transcript.")
    return found


def bench_asr(
    clips: Sequence[tuple[Path, Json]],
    asr: AsrEngine,
    *,
    stock: Callable[[Samples], str] | None = None,
    repeat: int = 1,
    progress: Callable[[str], object] = lambda line: None,
) -> Json:
    """Run the clips of `read_said`, `repeat` times over, through `asr`; each right after through `stock`, where it is
    given (`stock_whisper`), so that both meet the same load.

    Returns, ready for JSON: `sets` and `pooled`, each with `clips`, `rejected`, `retried`, the `ratio` of the
    medians, and for `short` and `stock` `wer` (0.1 = 10 %), `errors`, `words`, `median_s`, `p90_s`; `rows`,
    one a clip.
    """
    asr.warm_up()
    rows: list[Json] = []
    for path, known in [clip for _ in range(repeat) for clip in clips]:
        samples = read_16_khz(path)
        row = {**known, "seconds": len(samples) / HEAR_RATE_HZ, **_run_short(asr, samples)}
        if stock:
            started = time.perf_counter()
            row["stock_text"] = stock(samples)
            row["stock_s"] = time.perf_counter() - started
        rows.append(row)
        progress(f"{len(rows)}/{repeat * len(clips)} {row['set']}/{row['file']}: {row['text'] or row['rejected']}")
    names = dict.fromkeys(row["set"] for row in rows)
    return {
        "sets": {name: _summary([row for row in rows if row["set"] == name]) for name in names},
        "pooled": _summary(rows),
        "rows": rows,
    }


def _run_short(asr: AsrEngine, samples: Samples) -> Json:
    started = time.perf_counter()
    heard = asr.transcribe(samples)
    return {
        "text": heard.text,
        "short_s": time.perf_counter() - started,
        "mel_s": heard.mel_s,
        "encode_s": heard.encode_s,
        "decode_s": heard.decode_s,
        "confidence": heard.confidence,
        "no_speech": heard.no_speech,
        "rejected": heard.rejected,
        "retried": heard.retried,
    }


def stock_whisper(folder: Path, *, threads: int, language: str | None) -> Callable[[Samples], str]:
    """Returns faster-whisper's own `transcribe` of the model in `folder`: 30 s window, 8-bit weights, beam 1,
    temperature 0, no timestamps."""
    from faster_whisper import WhisperModel

    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True)

    def transcribe(samples: Samples) -> str:
        segments, _ = model.transcribe(
            samples,
            language=language,
            beam_size=1,
            temperature=0.0,
            without_timestamps=True,
            condition_on_previous_text=False,
        )
        return " ".join(segment.text.strip() for segment in segments)

    transcribe(np.zeros(HEAR_RATE_HZ, np.float32))
    return transcribe


def _summary(rows: Sequence[Json]) -> Json:
    summary: Json = {
        "clips": len(rows),
        "rejected": sum(row["rejected"] is not None for row in rows),
        "retried": sum(row["retried"] for row in rows),
        "short": _figures(rows, "text", "short_s"),
    }
    if "stock_s" in rows[0]:
        summary["stock"] = _figures(rows, "stock_text", "stock_s")
        summary["ratio"] = summary["short"]["median_s"] / summary["stock"]["median_s"]
    return summary


def _figures(rows: Sequence[Json], text: str, seconds: str) -> Json:
    counts = [count_errors([(row["transcript"], row[text])], row["language"]) for row in rows]
    errors, words = sum(c.errors for c in counts), sum(c.words for c in counts)
    times = [row[seconds] for row in rows]
    return {
        "wer": errors / max(words, 1),
        "errors": errors,
        "words": words,
        "median_s": float(np.median(times)),
        "p90_s": float(np.quantile(times, 0.9)),
    }
