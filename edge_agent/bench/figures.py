"""Figures: the headline numbers of a result, as (label, value) in words that fit a terminal or a page."""

from __future__ import annotations

from collections.abc import Callable

from edge_agent.types import Json

Figures = list[tuple[str, str]]

NONE = "-"


def figures(result: Json) -> Figures:
    """Returns the figures of a result of `edge-agent bench`, in the order of importance."""
    return _KINDS[result["kind"]](result)


def machine(result: Json) -> Figures:
    """What the figures were measured on and with."""
    m = result["machine"]
    packages = ", ".join(f"{name} {version}" for name, version in m["packages"].items() if version)
    return [
        ("machine", f"{m['cpu']}, {m['cores']} cores, {m['memory_mb']} MB, load {m['load_1min']}"),
        ("system", f"{m['os']}, Python {m['python']}"),
        ("edge_agent", f"{m['edge_agent']}, {m['commit'] or 'no commit'}"),
        ("packages", packages),
        *((role, model["name"]) for role, model in result["models"].items()),
        ("memory", f"{result.get('pss_mb', NONE)} MB; peaks of all processes, added up: {result['peak_rss_mb']} MB"),
        ("date", m["date"]),
    ]


def outcome(row: Json) -> str:
    """What became of one turn."""
    if row["cut_off"]:
        return "cut off, audibly" if row["cut_off_audibly"] else "cut off, before it was audible"
    return "missed" if row["missed"] else f"V2V {ms(row['v2v_s'])}"


def ms(seconds: float | None) -> str:
    return NONE if seconds is None else f"{seconds * 1000:.0f} ms"


def percent(share: float | None) -> str:
    return NONE if share is None else f"{share * 100:.1f} %"


def number(value: float | None, digits: int = 1) -> str:
    return NONE if value is None else f"{value:.{digits}f}"


def quantiles(found: dict[str, float] | None) -> str:
    return ", ".join(f"{name} {ms(value)}" for name, value in found.items()) if found else NONE


def _turns(result: Json) -> Figures:
    cold = result["cold"]
    figures = [
        *_turn_summary(result["summary"]),
        ("cold turn", f"{ms(cold['v2v_s'])} (the first after loading, which took {result['load_s']:.1f} s)"),
        (
            "clips",
            f"part {result['part']}, {result['repeat']} times over, {result['passed_over']} passed over",
        ),
    ]
    if result.get("history"):
        figures.append(("conversation", f"one, with {result['history']} turns before the first clip"))
    if result.get("load"):
        figures.append(("busy processes beside it", str(result["load"])))
    if "peaks" in result:
        peaks = result["peaks"]
        rates = f"reads {peaks['read_bytes_per_s'] / 1e9:.0f} GB/s, {peaks['flop_per_s'] / 1e9:.0f} GFLOP/s in float32"
        figures.append(("peaks", rates))
    if len(result["sets"]) > 1:
        for name, summary in result["sets"].items():
            figures.append((name, ", ".join(f"{k}: {v}" for k, v in _turn_summary(summary)[:6])))
    return figures


def _turn_summary(s: Json) -> Figures:
    wer, limits = s["wer"], s.get("floors") or {}
    stages = ", ".join(f"{name} {ms(value)}" for name, value in s["stage_medians_s"].items())
    return [
        ("V2V, warm", f"{quantiles(s['v2v_s'])} (n = {s['measured']})"),
        ("V2V by code", f"{quantiles(s.get('v2v_by_code_s'))} (n = {s.get('by_code', 0)}: no LLM in it)"),
        ("V2V-content", f"{quantiles(s.get('v2v_content_s'))} (sound that came from no cache)"),
        (
            "cut off",
            f"{s['cut_off']} of {s['turns']} ({percent(s['cut_off_rate'])}), {s['cut_off_audibly']} audibly",
        ),
        ("missed", str(s["missed"])),
        ("WER", f"{percent(wer['rate'])} of {wer['words']} words" if wer else f"{NONE} (no transcripts)"),
        ("stages, median", stages or NONE),
        ("floor / achieved", ", ".join(f"{name} {_limit(limit)}" for name, limit in limits.items()) or NONE),
        ("drafts a turn", f"{number(s['drafts_per_turn'])}, thrown away {number(s['thrown_away_per_turn'])}"),
        ("CPU a turn", f"{number(s['cpu_s_per_turn'])} s"),
        ("longest stall", f"{ms(s['longest_stall_s'])} (far above 100 ms: other work, no figure of the agent's)"),
    ]


def _limit(limit: Json) -> str:
    return f"{limit['of_achieved']:.2f} (floor {ms(limit['floor_s'])})"


def _asr(result: Json) -> Figures:
    found = []
    for name, s in {**result["sets"], "all": result["pooled"]}.items():
        short, stock = s["short"], s.get("stock")
        text = f"WER {percent(short['wer'])} of {short['words']} words, median {ms(short['median_s'])}"
        if stock:
            text += f"; faster-whisper {percent(stock['wer'])}, {ms(stock['median_s'])}"
        found.append((name, f"{text} ({s['clips']} clips, {s['rejected']} rejected, {s['retried']} retried)"))
    return found


def _llm(result: Json) -> Figures:
    s, cold = result["summary"], result["cold"]
    return [
        ("TTFT, warm", f"{ms(s['ttft_s'])} (median of {s['runs']}, persona in the cache)"),
        ("TTFT, cold", f"{ms(cold['ttft_s'])} ({cold['prompt_tokens']} tokens from nothing)"),
        ("decode", f"{number(s['decode_tokens_per_s'])} tokens/s"),
        ("prefill", f"{number(s['prefill_tokens_per_s'])} tokens/s"),
        ("load", f"{number(result['load_s'])} s"),
    ]


def _tts(result: Json) -> Figures:
    """The voice of the settings, then each that was measured beside it."""
    parts = [_voice(result), *(_voice(other) for other in result.get("beside", []))]
    return [pair for part in parts for pair in (*part, ("", ""))][:-1]


def _voice(result: Json) -> Figures:
    s, cold, trip = result["summary"], result["cold"], result.get("round_trip")
    texts = [
        (row["name"], f"{ms(row['render_s'])} for {row['sound_s']:.2f} s, RTF {row['rtf']:.3f}")
        for row in result["rows"]
    ]
    return [
        *([("voice", result["voice"])] if "voice" in result else []),
        ("first fragment", f"{ms(s['first_fragment_s'])} (median of {s['runs']})"),
        ("cold", ms(cold["render_s"])),
        ("RTF", number(s["rtf"], 3)),
        *([("memory", f"{result['memory_mb']} MB")] if result.get("memory_mb") else []),
        *([("WER of its words", f"{percent(trip['wer'])} ({trip['errors']} of {trip['words']})")] if trip else []),
        *texts,
        ("load", f"{number(result['load_s'])} s"),
    ]


_KINDS: dict[str, Callable[[Json], Figures]] = {"turns": _turns, "asr": _asr, "llm": _llm, "tts": _tts}
