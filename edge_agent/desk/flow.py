"""Flow: steps of an owner's own, one after the other: say, ask, call a tool, end; each perhaps under a condition."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from edge_agent.desk.conditions import Condition, conditions_of, hold
from edge_agent.desk.file import STEP_KINDS, AskedSlot, Flow, FlowStep, StepKind
from edge_agent.desk.table import Table

_FIELD = re.compile(r"\{([a-z][a-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class FlowPosition:
    """Where a flow has come to, as far as it goes without the caller or a tool."""

    at: int
    """The step that is waited for; len(steps) behind the last."""
    said: tuple[str, ...] = ()
    asks: AskedSlot | None = None
    calls: FlowStep | None = None
    is_over: bool = False


def reached(flow: Flow, at: int, values: Mapping[str, object]) -> FlowPosition:
    """Goes on from step `at`: what is said on the way, and what is then waited for. Steps whose condition does not hold
    are passed over, and so is what was asked and is known already."""
    said: list[str] = []
    while at < len(flow.steps):
        step = flow.steps[at]
        if hold(step.when, values) and not (step.slot and step.slot.id in values):
            if step.kind == "ask":
                return FlowPosition(at, tuple(said), asks=step.slot)
            if step.kind == "call":
                return FlowPosition(at, tuple(said), calls=step)
            said.append(filled(step.text, values))
            if step.kind == "end":
                return FlowPosition(len(flow.steps), tuple(filter(None, said)), is_over=True)
        at += 1
    return FlowPosition(at, tuple(said), is_over=True)


def arguments_of(step: FlowStep, values: Mapping[str, object]) -> dict[str, object]:
    """The arguments of the tool. One that is nothing but an {id} is the value itself: a number stays one."""
    alone = {name: _FIELD.fullmatch(text) for name, text in step.arguments.items()}
    return {
        name: values.get(found[1]) if (found := alone[name]) else filled(text, values)
        for name, text in step.arguments.items()
    }


def filled(text: str, values: Mapping[str, object]) -> str:
    """The text with values in place of {ids}; of what is not known nothing."""
    return _FIELD.sub(lambda found: _told(values.get(found[1])), text)


def _told(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def flow_of(table: Table, slot_of: Callable[[Table, str], AskedSlot], known: tuple[str, ...]) -> Flow:
    """The flow of a [[flow]]. `slot_of` reads a question, which stands under a key; `known` are the ids of the other
    questions of the file."""
    name, hears = table.text("name", needed=True), table.texts("hears")
    if not hears:
        table.wrong("hears", "A flow needs `hears`: words of callers that begin it.")
    steps: list[FlowStep] = []
    for each in table.tables("step"):
        steps.append(_step(each, slot_of, (*known, *(step.slot.id for step in steps if step.slot))))
    table.end()
    if not steps:
        table.wrong("name", f"The flow {name!r} has no [[flow.step]].")
    return Flow(name, hears, tuple(steps))


def _step(table: Table, slot_of: Callable[[Table, str], AskedSlot], known: tuple[str, ...]) -> FlowStep:
    kinds: list[StepKind] = [kind for kind in STEP_KINDS if table.value(kind) is not None]
    if len(kinds) != 1:
        table.wrong("say", "A step has one of `say`, `ask`, `call` and `end`.")
        table.end()
        return FlowStep("say", "")
    when: tuple[Condition, ...] = ()
    try:
        when = conditions_of(table.text("if")) if table.value("if") is not None else ()
    except ValueError as error:
        table.wrong("if", str(error))
    kind, text = kinds[0], table.text(kinds[0])
    slot = slot_of(table, "ask") if kind == "ask" else None
    arguments = table.table("with") if kind == "call" else None
    values = {name: arguments.text(name) for name in arguments.names} if arguments else {}
    for name in [*(each.slot for each in when), *_FIELD.findall(" ".join((text, *values.values())))]:
        if name not in known and name not in ("name", "phone", "email", "result"):
            table.wrong("if" if when else kind, f"{name!r} is nothing that was asked before.")
    confirm = table.text("confirm") if kind == "call" else ""
    table.end()
    return FlowStep(kind, text, when, slot, values, confirm)
