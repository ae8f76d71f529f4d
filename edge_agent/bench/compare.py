"""Compare: two results of one kind, headline figure by headline figure; turns also clip by clip."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edge_agent.bench.figures import NONE, ms, number, percent
from edge_agent.errors import InputError
from edge_agent.types import Json

Figure = tuple[str, Callable[[Any], str], Callable[[Json], Any]]
"""Label, how the value is written, where it stands in a result."""

RESAMPLES = 10_000


def read(path: Path) -> Json:
    """The JSON file of a bench. Raises InputError where it is none."""
    try:
        result = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"Cannot read {path}: {(error.strerror or str(error)).lower()}.") from error
    except ValueError as error:  # not UTF-8, or not JSON
        raise InputError(f"{path} is not JSON: {error}.") from error
    if not isinstance(result, dict) or not {"schema", "kind", "rows", "machine"} <= set(result):
        raise InputError(f"{path} is no result of a bench.")
    return result


def compare(old: Json, new: Json) -> Json:
    """Ready for JSON: `kind`, `rows` (`figure`, `old`, `new`, `ratio` new / old), `paired` for turns, `warnings`.

    Raises InputError for two results that cannot be compared.
    """
    if old["kind"] != new["kind"]:
        raise InputError(f"A result of bench {old['kind']} cannot be compared with one of bench {new['kind']}.")
    if old["schema"] != new["schema"]:
        raise InputError(f"The results have different schemas, {old['schema']} and {new['schema']}: measure again.")
    if old["kind"] not in _FIGURES:
        raise InputError(f"Results of bench {old['kind']} cannot be compared; of {', '.join(_FIGURES)} they can.")
    rows = []
    for label, _, find in _figures(old, new):
        was, now = _found(find, old), _found(find, new)
        rows.append({"figure": label, "old": was, "new": now, "ratio": now / was if was and now is not None else None})
    paired = _paired(old["rows"], new["rows"]) if old["kind"] == "turns" else None
    return {"kind": old["kind"], "rows": rows, "paired": paired, "warnings": warnings(old, new)}


def as_text(old: Json, new: Json) -> str:
    """The table, the pairs and the warnings for a terminal."""
    made = compare(old, new)
    written = {label: write for label, write, _ in _figures(old, new)}
    lines = [["", "old", "new", "ratio"]]
    for row in made["rows"]:
        write = written[row["figure"]]
        lines.append([row["figure"], write(row["old"]), write(row["new"]), number(row["ratio"], 2)])
    widths = [max(len(line[i]) for line in lines) for i in range(4)]
    first, *others = widths
    table = [
        "  ".join([line[0].ljust(first), *(cell.rjust(w) for cell, w in zip(line[1:], others, strict=True))])
        for line in lines
    ]
    return "\n".join([*table, *_pairs_text(made["paired"]), *(f"Note: {each}" for each in made["warnings"])])


def warnings(old: Json, new: Json) -> list[str]:
    """What else differs between the two, one sentence each."""
    found = []
    for key in ("cpu", "cores", "memory_mb"):
        was, now = old["machine"].get(key), new["machine"].get(key)
        if was != now:
            found.append(f"The machines differ: {key} {was} and {now}.")
    for role in old.get("models", {}).keys() | new.get("models", {}).keys():
        was, now = (result.get("models", {}).get(role, {}) for result in (old, new))
        if was.get("sha256") != now.get("sha256"):
            found.append(f"The models for {role} differ: {was.get('name')} and {now.get('name')}.")
    for key, was, now in _changes(old.get("settings", {}), new.get("settings", {})):
        found.append(f"The settings differ: {key} {was} and {now}.")
    mine, theirs = _clips(old["rows"]), _clips(new["rows"])
    if mine != theirs:
        both = len(mine & theirs)
        found.append(f"The clips differ: {both} are in both, of {len(mine)} and {len(theirs)}; only pairs are fair.")
    return sorted(found)


def _figures(old: Json, new: Json) -> list[Figure]:
    """The headline figures of the kind, for turns with the stages that either has."""
    summaries = [result.get("summary", {}) for result in (old, new)]
    stages = dict.fromkeys(name for summary in summaries for name in summary.get("stage_medians_s", {}))
    return [*_FIGURES[old["kind"]], *(_at(name, ms, "summary", "stage_medians_s", name) for name in stages)]


def _at(label: str, write: Callable[[Any], str], *keys: str) -> Figure:
    def find(result: Any) -> Any:
        for key in keys:
            result = result[key]
        return result

    return label, write, find


def _found(find: Callable[[Json], Any], result: Json) -> Any:
    """None where an older version did not measure it, or where there was nothing to measure."""
    try:
        return find(result)
    except (KeyError, TypeError):
        return None


def _paired(old: Sequence[Json], new: Sequence[Json]) -> Json | None:
    """The median of new - old over the clips that have a V2V in both, with its 95 % interval (bootstrap, seeded)."""
    was, now = _by_clip(old), _by_clip(new)
    both = sorted(was.keys() & now.keys())
    if not both:
        return None
    differences = np.array([now[clip] - was[clip] for clip in both])
    samples = np.random.default_rng(0).choice(differences, (RESAMPLES, len(both)))
    low, high = np.quantile(np.median(samples, axis=1), [0.025, 0.975])
    return {
        "clips": len(both),
        "median_s": float(np.median(differences)),
        "interval_s": [float(low), float(high)],
        "faster": int((differences < 0).sum()),
    }


def _by_clip(rows: Sequence[Json]) -> dict[tuple[str, str], float]:
    """Median V2V of each clip over its warm takes."""
    takes: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        if not row["cold"] and row["v2v_s"] is not None:
            takes.setdefault((row["set"], row["file"]), []).append(row["v2v_s"])
    return {clip: float(np.median(found)) for clip, found in takes.items()}


def _pairs_text(paired: Json | None) -> list[str]:
    if paired is None:
        return []
    low, high = (f"{s * 1000:+.0f}" for s in paired["interval_s"])
    median = f"{paired['median_s'] * 1000:+.0f} ms (95 %: {low} to {high} ms)"
    return ["", f"V2V of the same clip, new - old: median {median}; {paired['faster']} of {paired['clips']} are faster"]


def _clips(rows: Sequence[Json]) -> set[tuple[str, str]]:
    return {(row["set"], row["file"]) for row in rows if "file" in row}


def _changes(old: Json, new: Json) -> list[tuple[str, Any, Any]]:
    keys = sorted({(group, key) for r in (old, new) for group, values in r.items() for key in values})
    pairs = [(f"{g}.{k}", old.get(g, {}).get(k), new.get(g, {}).get(k)) for g, k in keys]
    return [(key, was, now) for key, was, now in pairs if was != now]


def _seconds(value: float | None) -> str:
    return NONE if value is None else f"{value:.2f} s"


def _megabytes(value: float | None) -> str:
    return NONE if value is None else f"{value} MB"


_FIGURES: dict[str, list[Figure]] = {
    "turns": [
        *(_at(f"V2V {q}", ms, "summary", "v2v_s", q) for q in ("median", "p90", "p95", "max")),
        _at("V2V-content median", ms, "summary", "v2v_content_s", "median"),
        _at("cold turn", ms, "cold", "v2v_s"),
        _at("cut off", percent, "summary", "cut_off_rate"),
        _at("missed", number, "summary", "missed"),
        _at("WER", percent, "summary", "wer", "rate"),
        _at("drafts a turn", number, "summary", "drafts_per_turn"),
        _at("thrown away", number, "summary", "thrown_away_per_turn"),
        _at("CPU a turn", _seconds, "summary", "cpu_s_per_turn"),
        _at("peak memory", _megabytes, "peak_rss_mb"),
    ],
    "asr": [
        _at("WER", percent, "pooled", "short", "wer"),
        _at("median", ms, "pooled", "short", "median_s"),
        _at("p90", ms, "pooled", "short", "p90_s"),
        _at("of stock's time", percent, "pooled", "ratio"),
        _at("retried", number, "pooled", "retried"),
        _at("peak memory", _megabytes, "peak_rss_mb"),
    ],
    "llm": [
        _at("TTFT, warm", ms, "summary", "ttft_s"),
        _at("TTFT, cold", ms, "cold", "ttft_s"),
        _at("decode, tokens/s", number, "summary", "decode_tokens_per_s"),
        _at("prefill, tokens/s", number, "summary", "prefill_tokens_per_s"),
        _at("peak memory", _megabytes, "peak_rss_mb"),
    ],
    "tools": [
        _at("right tool", percent, "summary", "right_tool"),
        _at("right tool and arguments", percent, "summary", "right"),
        _at("time to the tool's name", ms, "summary", "begun_s"),
        _at("peak memory", _megabytes, "peak_rss_mb"),
    ],
    "tts": [
        _at("first fragment", ms, "summary", "first_fragment_s"),
        _at("cold", ms, "cold", "render_s"),
        _at("RTF", lambda value: number(value, 3), "summary", "rtf"),
        _at("peak memory", _megabytes, "peak_rss_mb"),
    ],
}
