"""Figures: the headline numbers of a rig's result, as (label, value), like those of `edge-agent bench`."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

from edge_agent.bench.figures import Figures, ms, number, percent, quantiles
from edge_agent.types import Json


def figures(result: Json) -> Figures:
    """Returns the figures in the order of importance."""
    return _KINDS[result["kind"]](result)


def _telephone(result: Json) -> Figures:
    told = "{errors} of {words} words"
    codecs = result["codecs"].items()
    return [(codec, f"{percent(each['wer'])} ({told.format(**each)})") for codec, each in codecs]


def _gpu(result: Json) -> Figures:
    """Of each engine where it lies, and its memory."""
    told = [("where and why", str(result["why"]))]
    for row in result["rows"]:
        card = "unknown" if row["card_mb"] is None else f"{row['card_mb']} MB"
        where = result["where"][row["engine"]]
        told.append((row["engine"], f"on the {where}; {card} of the card, {row['machine_mb']} MB of the machine"))
    return told


def _tools(result: Json) -> Figures:
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


def _requests(result: Json) -> Figures:
    told = "{right} of {all} at the right skill, {llm} for the LLM, {another} at another skill"
    return [(kind, told.format(**each)) for kind, each in sorted(result["counted"].items())]


def _after_tools(result: Json) -> Figures:
    """A figure for each door and temperature."""
    told = (
        "{same_again} of {turns} call the same tool again, {another} another one, {as_words} write a call as words, "
        "{empty} say nothing"
    )
    return [(f"{cell['door']}, temperature {cell['temperature']}", told.format(**cell)) for cell in result["cells"]]


def _honest(result: Json) -> Figures:
    """For each set the shares that have a goal, and the outcomes of each kind."""
    found = []
    for name, s in ((name, each["summary"]) for name, each in result["sets"].items()):
        shares = f"{percent(s['skill_right'])} of {s['skilled']} with a skill, {percent(s['claimed'])} false claims, "
        shares += f"{percent(s['echoed'])} echoes, {percent(s['refused'])} refusals of what it can do"
        found.append((f"{name}, {s['requests']} requests", f"{percent(s['right'])} right; {shares}"))
        for kind, outcomes in s["kinds"].items():
            counted = ", ".join(f"{label} {count}" for label, count in sorted(outcomes.items()) if label != "right")
            found.append((f"{name}: {kind}", f"{outcomes['right']} right ({counted})"))
    return found


def _endpoint(result: Json) -> Figures:
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


def _serve(result: Json) -> Figures:
    s, idle = result["summary"], result["idle"]
    return [
        ("V2V over the socket", f"{quantiles(s['v2v_s'])} (n = {s['measured']})"),
        ("cut off, missed", f"{s['cut_off']}, {s['missed']} of {s['turns']}"),
        (
            f"{idle['sessions']} idle sessions",
            f"{number(idle['rss_mb'])} MB, {percent(idle['cpu_share'])} of a core "
            f"({percent(idle['cpu_share_without'])} without them)",
        ),
    ]


def _overload(result: Json) -> Figures:
    s = result["summary"]
    return [
        ("V2V alone", f"{quantiles(s['alone_s'])} (n = {s['measured']} of {s['clips']})"),
        (f"beside {result['clients']} that knock", quantiles(s["crowded_s"])),
        ("their tries", f"{s['refused']} refused, {s['admitted']} admitted between two clips, {s['failed']} failed"),
    ]


def _wake(result: Json) -> Figures:
    idle = result["idle"]
    found = [("waiting", f"{percent(idle['cpu_share'])} of a core, {number(idle['memory_mb'])} MB")]
    for cell in result["rows"]:
        late = f", {ms(cell['late_s'])} behind its end" if cell["heard"] else ""
        heard = f"{percent(cell['heard'] / cell['said'])} of {cell['said']}{late}"
        found.append((f"{cell['name']}, {cell['voice']}, {cell['place']}", heard))
    for name, each in result["false"]["sets"].items():
        alarms = ", ".join(f"{name} {count}" for name, count in each["alarms"].items()) or "none"
        found.append((f"false in {name}", f"{alarms} in {number(each['hours'], 2)} h"))
    if pairs := result.get("pairs"):
        s = pairs["summary"]
        found.append(("name to chime", f"{quantiles(s['chime_s'])} (n = {s['measured']} of {s['pairs']})"))
        found.append(("V2V behind the name", quantiles(s["v2v_s"])))
        found.append(("V2V without it", f"{quantiles(s['v2v_without_s'])}; later by {ms(s['later_s'])}"))
    return found


def _barge(result: Json) -> Figures:
    s = result["summary"]
    return [
        ("onset to silence", f"{quantiles(s['stop_s'])} (n = {s['measured']})"),
        ("onset to decision", quantiles(s["decision_s"])),
        ("end of the interruption to the answer", quantiles(s["v2v_s"])),
        ("missed", f"{s['missed']} of {s['clips']}"),
        (
            "no figure",
            f"{s['early']} stopped before the speech began, {s['unanswered']} had no answer to stop, "
            f"{s['pausing']} came between two sentences",
        ),
        ("busy processes beside it", str(result.get("load", 0))),
        ("question", result["question"]),
    ]


def _yield(result: Json) -> Figures:
    return [
        (
            name,
            f"{s['stopped']} of {s['backchannels']} backchannels stop the answer, {s['missed']} of "
            f"{s['interruptions']} interruptions do not; onset to quieter {ms(s['ducked_s'])}, to silence "
            f"{ms(s['silent_s'])}, end of a backchannel to the answer {ms(s['back_s'])} (medians)",
        )
        for name, s in result["summary"].items()
    ]


def _false_turns(result: Json) -> Figures:
    return [
        (
            name,
            f"{s['answers']} answers, {s['onsets']} onsets in {s['seconds']:.0f} s of {s['clips']} clips; "
            f"{number(s['answers_per_60_s'], 2)} answers in 60 s, at worst {s['worst']} to one clip",
        )
        for name, s in {"all": result["summary"], **result["sets"]}.items()
    ]


def _workers(result: Json) -> Figures:
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


def _scale(result: Json) -> Figures:
    return [(f"{row['axis']}: {row['value']}", _scale_case(row)) for row in result["rows"]]


def _scale_case(row: Json) -> str:
    if row.get("error"):
        return str(row["error"])
    stages = ", ".join(f"{name} {ms(row[f'{name}_s'])}" for name in ("ASR", "LLM", "TTS") if f"{name}_s" in row)
    v2v = f"V2V {ms(row['v2v_median_s'])} (x {number(row['growth'], 2)}; max {ms(row['v2v_max_s'])}, n = {row['n']})"
    return f"{v2v}; {stages}; CPU {number(row['cpu_s'])} s, {row['peak_rss_mb']} MB"


def _webrtc(result: Json) -> Figures:
    first, *others = _beside_talk(result, "in the browser", "jitter up to")
    return [first, *others[:2], ("click to listening", quantiles(result["summary"]["connect_s"])), *others[2:]]


def _phone(result: Json) -> Figures:
    return _beside_talk(result, "by telephone", "jitter")


def _beside_talk(result: Json, where: str, jitter: str) -> Figures:
    s = result["summary"]
    spoiled = f"loss {percent(result['loss'])}, {jitter} {ms(result['jitter_s'])}"
    return [
        (f"v2v {where}", f"{quantiles(s['v2v_s'])} of {s['answered']} of {s['calls']} calls; {spoiled}"),
        ("longer than talk", f"{quantiles(s['longer_than_talk_s'])} of {s['pairs']} pairs"),
        ("talk", quantiles(s["talk_s"])),
        *_without_loss(s.get("without_loss") or {}),
        (
            "onset to silence",
            f"{quantiles(s['silence_s'])} of {s['interruptions']} of {s['spoken_into']} interruptions",
        ),
        ("WER", "-" if s["wer"] is None else percent(s["wer"])),
    ]


def _without_loss(s: Json) -> Figures:
    if not s.get("pairs"):
        return []
    wer = "-" if s["wer"] is None else percent(s["wer"])
    return [
        ("longer than without loss", f"{quantiles(s['longer_s'])} of {s['pairs']} pairs"),
        ("without loss", f"{quantiles(s['clean_s'])}; WER {wer}"),
    ]


def _speakers(result: Json) -> Figures:
    """A figure for each setting and length."""
    found = []
    for row in result["rows"]:
        wrong = f"{percent(row['not_known'])} not known, {percent(row['mistaken'])} mistaken at {row['needed']:.2f}"
        text = f"equal error {percent(row['equal_error'])}; {wrong} ({row['own']} own, {row['others']} of others)"
        found.append((f"{row['heard']}, enrolled {row['enrolled']}, {row['length_s']:g} s", text))
    return [*found, *((f"a look at {length} s", ms(cost)) for length, cost in result["cost_s"].items())]


_KINDS: dict[str, Callable[[Json], Figures]] = {
    "requests": _requests,
    "gpu": _gpu,
    "telephone": _telephone,
    "tools": _tools,
    "webrtc": _webrtc,
    "phone": _phone,
    "after-tools": _after_tools,
    "honest": _honest,
    "endpoint": _endpoint,
    "scale": _scale,
    "serve": _serve,
    "overload": _overload,
    "barge": _barge,
    "yield": _yield,
    "workers": _workers,
    "false-turns": _false_turns,
    "wake": _wake,
    "speakers": _speakers,
}
