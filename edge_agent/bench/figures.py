"""Figures: the headline numbers of a result, as (label, value) in words that fit a terminal or a page."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from typing import Any

Result = dict[str, Any]
Figures = list[tuple[str, str]]

NONE = "-"


def figures(result: Result) -> Figures:
    """In the order of importance."""
    return _KINDS[result["kind"]](result)


def machine(result: Result) -> Figures:
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


def outcome(row: Result) -> str:
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


def _turns(result: Result) -> Figures:
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
    if "peaks" in result:
        peaks = result["peaks"]
        rates = f"reads {peaks['read_bytes_per_s'] / 1e9:.0f} GB/s, {peaks['flop_per_s'] / 1e9:.0f} GFLOP/s in float32"
        figures.append(("peaks", rates))
    if len(result["sets"]) > 1:
        for name, summary in result["sets"].items():
            figures.append((name, ", ".join(f"{k}: {v}" for k, v in _turn_summary(summary)[:5])))
    return figures


def _turn_summary(s: Result) -> Figures:
    wer, limits = s["wer"], s.get("floors") or {}
    stages = ", ".join(f"{name} {ms(value)}" for name, value in s["stage_medians_s"].items())
    return [
        ("V2V, warm", f"{_spread(s['v2v_s'])} (n = {s['measured']})"),
        ("V2V-content", f"{_spread(s.get('v2v_content_s'))} (sound that came from no cache)"),
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


def _spread(spread: dict[str, float] | None) -> str:
    return ", ".join(f"{name} {ms(value)}" for name, value in spread.items()) if spread else NONE


def _limit(limit: Result) -> str:
    return f"{limit['of_achieved']:.2f} (floor {ms(limit['floor_s'])})"


def _asr(result: Result) -> Figures:
    found = []
    for name, s in {**result["sets"], "all": result["pooled"]}.items():
        short, stock = s["short"], s.get("stock")
        text = f"WER {percent(short['wer'])} of {short['words']} words, median {ms(short['median_s'])}"
        if stock:
            text += f"; faster-whisper {percent(stock['wer'])}, {ms(stock['median_s'])}"
        found.append((name, f"{text} ({s['clips']} clips, {s['rejected']} rejected, {s['retried']} retried)"))
    return found


def _llm(result: Result) -> Figures:
    s, cold = result["summary"], result["cold"]
    return [
        ("TTFT, warm", f"{ms(s['ttft_s'])} (median of {s['runs']}, persona in the cache)"),
        ("TTFT, cold", f"{ms(cold['ttft_s'])} ({cold['prompt_tokens']} tokens from nothing)"),
        ("decode", f"{number(s['decode_tokens_per_s'])} tokens/s"),
        ("prefill", f"{number(s['prefill_tokens_per_s'])} tokens/s"),
        ("load", f"{number(result['load_s'])} s"),
    ]


def _tts(result: Result) -> Figures:
    s, cold = result["summary"], result["cold"]
    texts = [
        (row["name"], f"{ms(row['render_s'])} for {row['sound_s']:.2f} s, RTF {row['rtf']:.3f}")
        for row in result["rows"]
    ]
    return [
        ("first fragment", f"{ms(s['first_fragment_s'])} (median of {s['runs']})"),
        ("cold", ms(cold["render_s"])),
        ("RTF", number(s["rtf"], 3)),
        *texts,
        ("load", f"{number(result['load_s'])} s"),
    ]


def _tools(result: Result) -> Figures:
    s = result["summary"]
    needing, none = s["needing"], s["needing_none"]
    return [
        ("right tool", f"{percent(s['right_tool'])} of {s['requests']} requests (part {result['part']})"),
        ("right tool and arguments", percent(s["right"])),
        ("... where one is needed", f"{percent(needing['right_tool'])}, {percent(needing['right'])}"),
        ("... where none is", f"{percent(none['right'])} of {none['requests']} answered in words"),
        ("time to the tool's name", f"{ms(s['begun_s'])}, to the end of its arguments {ms(s['call_s'])} (medians)"),
        ("arguments that do not fit", str(s["errors"])),
        ("load", f"{number(result['load_s'])} s"),
    ]


def _endpoint(result: Result) -> Figures:
    found = []
    for name, point in result["points"].items():
        text = f"{point['cut_off']} of {point['turns']} turns cut off ({percent(point['cut_off_rate'])})"
        text += f", {point['spans_cut']} of {point['spans']} pauses; dead air mean {ms(point['mean_s'])}"
        text += f", median {ms(point['median_s'])}, p90 {ms(point['p90_s'])}"
        found.append((name, text))
    for name, against in result["against"].items():
        others = [
            f"{label} {percent(other['cut_off_rate'])} ({percent(other['less'])} fewer)"
            for label, other in against.items()
            if isinstance(other, dict) and other["less"] is not None
        ]
        found.append((f"{name}, at equal mean", f"{percent(against['cut_off_rate'])}; {', '.join(others)}"))
    for name, policies in result["sets"].items():
        rates = [f"{policy} {p['cut_off']} of {p['turns']}, {ms(p['mean_s'])}" for policy, p in policies.items()]
        found.append((name, "; ".join(rates)))
    left_open = result["points"]["in force"]
    found.append(("left open", f"{left_open['incomplete_taken']} of {left_open['incomplete']} taken within 1 s"))
    return found


def _serve(result: Result) -> Figures:
    s, idle = result["summary"], result["idle"]
    return [
        ("V2V over the socket", f"{_spread(s['v2v_s'])} (n = {s['measured']})"),
        ("cut off, missed", f"{s['cut_off']}, {s['missed']} of {s['turns']}"),
        (
            f"{idle['sessions']} idle sessions",
            f"{number(idle['rss_mb'])} MB, {percent(idle['cpu_share'])} of a core "
            f"({percent(idle['cpu_share_without'])} without them)",
        ),
    ]


def _overload(result: Result) -> Figures:
    s = result["summary"]
    return [
        ("V2V alone", f"{_spread(s['alone_s'])} (n = {s['measured']} of {s['clips']})"),
        (f"beside {result['clients']} that knock", _spread(s["crowded_s"])),
        ("their tries", f"{s['refused']} refused, {s['admitted']} admitted between two clips, {s['failed']} failed"),
    ]


def _barge(result: Result) -> Figures:
    s = result["summary"]
    return [
        ("onset to silence", f"{_spread(s['stop_s'])} (n = {s['measured']})"),
        ("onset to decision", _spread(s["decision_s"])),
        ("missed", f"{s['missed']} of {s['clips']}"),
        (
            "no figure",
            f"{s['early']} stopped before the speech began, {s['unanswered']} had no answer to stop, "
            f"{s['pausing']} came between two sentences",
        ),
        ("busy processes beside it", str(result.get("load", 0))),
        ("question", result["question"]),
    ]


def _false_turns(result: Result) -> Figures:
    return [
        (
            name,
            f"{s['answers']} answers, {s['onsets']} onsets in {s['seconds']:.0f} s of {s['clips']} clips; "
            f"{number(s['answers_per_60_s'], 2)} answers in 60 s, at worst {s['worst']} to one clip",
        )
        for name, s in {"all": result["summary"], **result["sets"]}.items()
    ]


def _workers(result: Result) -> Figures:
    turn = result["turn"]
    asked = ", ".join(f"{name} {count}" for name, count in turn["asked"].items())
    first, whole = (f"{number(median(turn[name]) * 1000)} ms" for name in ("first_s", "crossing_s"))
    rows = [
        (
            row["name"],
            f"back {number(median(row['back_s']), 2)} s after {row['by']}, at most {number(max(row['back_s']), 2)} s "
            f"(n = {len(row['back_s'])}); in use {ms(row['use_s'])}",
        )
        for row in result["rows"]
    ]
    return [
        (
            "crossings of a turn",
            f"{first} until its first sound (at most {number(max(turn['first_s']) * 1000)} ms, "
            f"n = {len(turn['first_s'])}); {whole} in all, for requests: {asked}",
        ),
        *rows,
    ]


def _scale(result: Result) -> Figures:
    return [(f"{row['axis']}: {row['value']}", _scale_case(row)) for row in result["rows"]]


def _scale_case(row: Result) -> str:
    if row.get("error"):
        return str(row["error"])
    stages = ", ".join(f"{name} {ms(row[f'{name}_s'])}" for name in ("ASR", "LLM", "TTS") if f"{name}_s" in row)
    v2v = f"V2V {ms(row['v2v_median_s'])} (x {number(row['growth'], 2)}; max {ms(row['v2v_max_s'])}, n = {row['n']})"
    return f"{v2v}; {stages}; CPU {number(row['cpu_s'])} s, {row['peak_rss_mb']} MB"


_KINDS: dict[str, Callable[[Result], Figures]] = {
    "turns": _turns,
    "asr": _asr,
    "llm": _llm,
    "tts": _tts,
    "tools": _tools,
    "endpoint": _endpoint,
    "scale": _scale,
    "serve": _serve,
    "overload": _overload,
    "barge": _barge,
    "workers": _workers,
    "false-turns": _false_turns,
}
