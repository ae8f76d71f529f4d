"""ASR bench: word error rate and time a clip, beside faster-whisper's own `transcribe` in the same run."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edge_agent.bench.wer import count_errors
from edge_agent.errors import InputError
from edge_agent.hear.asr import Whisper
from edge_agent.lines.audio_file import read_audio
from edge_agent.resample import Resampler
from edge_agent.types import HEAR_RATE_HZ, Samples

log = logging.getLogger(__name__)

Row = dict[str, Any]
"""One clip: `set`, `file`, `seconds`, `transcript`, `language`, then what was heard and how long it took."""


def bench_asr(manifests: Sequence[Path], whisper: Whisper, *, stock: bool = False, limit: int = 0) -> Row:
    """Run every transcribed clip of the manifests, at most `limit` of each (0: all), through `whisper`.

    With `stock`, each clip also goes through faster-whisper's `transcribe` (30 s window, the same model,
    threads and language, beam 1, temperature 0, no timestamps) right after, so that both meet the same load.

    Returns, ready for JSON: `sets` and `pooled`, each with `clips`, `rejected`, `retried`, the `ratio` of the
    medians, and for `short` and `stock` `wer` (0.1 = 10 %), `errors`, `words`, `median_s`, `p90_s`; `rows`,
    one a clip.
    Raises InputError where a manifest cannot be read or holds no transcribed clip.
    """
    whisper.warm_up()
    transcribe_stock = _stock(whisper) if stock else None
    rows = []
    for manifest in manifests:
        for row, samples in _clips(manifest, limit):
            row |= _run_short(whisper, samples)
            if transcribe_stock:
                started = time.perf_counter()
                row["stock_text"] = transcribe_stock(samples)
                row["stock_s"] = time.perf_counter() - started
            rows.append(row)
            log.info("%s/%s: %s", row["set"], row["file"], row["text"] or row["rejected"])
    if not rows:
        raise InputError("The manifests hold no clip with a transcript.")
    names = dict.fromkeys(row["set"] for row in rows)
    return {
        "model": whisper.folder.name,
        "compute_type": whisper.compute_type,
        "threads": whisper.threads,
        "sets": {name: _summary([row for row in rows if row["set"] == name]) for name in names},
        "pooled": _summary(rows),
        "rows": rows,
    }


def _clips(manifest: Path, limit: int) -> Iterator[tuple[Row, Samples]]:
    """The transcribed clips of a manifest (JSON lines; `file` is relative to it), at 16 kHz."""
    try:
        lines = [json.loads(line) for line in manifest.read_text("utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(f"Cannot read the manifest {manifest}: {error}.") from error
    said = [line for line in lines if line.get("transcript")]
    for line in said[: limit or None]:
        samples, rate_hz = read_audio(manifest.parent / line["file"])
        if rate_hz != HEAR_RATE_HZ:
            resampler = Resampler(rate_hz, HEAR_RATE_HZ)
            samples = np.concatenate([resampler.push(samples), resampler.flush()])
        row = {
            "set": manifest.parent.name,
            "file": line["file"],
            "seconds": len(samples) / HEAR_RATE_HZ,
            "language": line.get("language") or "en",
            "transcript": line["transcript"],
        }
        yield row, samples


def _run_short(whisper: Whisper, samples: Samples) -> Row:
    started = time.perf_counter()
    heard = whisper.transcribe(samples)
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


def _stock(whisper: Whisper) -> Callable[[Samples], str]:
    from faster_whisper import WhisperModel

    model = WhisperModel(
        str(whisper.folder),
        device="cpu",
        compute_type=whisper.compute_type,
        cpu_threads=whisper.threads,
        local_files_only=True,
    )

    def transcribe(samples: Samples) -> str:
        segments, _ = model.transcribe(
            samples,
            language=whisper.language,
            beam_size=1,
            temperature=0.0,
            without_timestamps=True,
            condition_on_previous_text=False,
        )
        return " ".join(segment.text.strip() for segment in segments)

    transcribe(np.zeros(HEAR_RATE_HZ, np.float32))
    return transcribe


def _summary(rows: Sequence[Row]) -> Row:
    summary: Row = {
        "clips": len(rows),
        "rejected": sum(row["rejected"] is not None for row in rows),
        "retried": sum(row["retried"] for row in rows),
        "short": _figures(rows, "text", "short_s"),
    }
    if "stock_s" in rows[0]:
        summary["stock"] = _figures(rows, "stock_text", "stock_s")
        summary["ratio"] = summary["short"]["median_s"] / summary["stock"]["median_s"]
    return summary


def _figures(rows: Sequence[Row], text: str, seconds: str) -> Row:
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
