"""Conversation: how far a call has come: the form, the offers, the proposal. Plain data, kept each turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from edge_agent.desk.answers import Topic
from edge_agent.desk.booking.openings import FreeTime
from edge_agent.desk.wish import TimeWish

Task = Literal["", "book", "move", "cancel", "look", "message", "waiting", "form", "flow"]
SlotValue = str | int | float | bool
CONTACT = ("name", "phone", "email")
"""The slots that tell who calls: they stay when a task is over."""
NAME_TRIES = 3
"""A name that was read back wrong so often is taken as it was heard, and marked: the number tells who it is."""
ProposalKind = Literal["book", "move", "cancel", "message", "waiting", "form", "call"]


@dataclass(frozen=True, slots=True)
class Filled:
    """The value of a slot."""

    value: SlotValue
    heard: str
    """The caller's words."""
    is_sure: bool = True
    """Whether it was spelled, keyed or said by one of the owner's names."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is read back, and what a yes to it does."""

    id: str
    kind: ProposalKind
    values: Mapping[str, Any]
    """What is to be written."""
    opening: FreeTime | None = None
    booking: int | None = None
    """The appointment that is changed."""

    def to_json(self) -> dict[str, Any]:
        times = {}
        if self.opening:
            staff = self.opening.staff or None
            times = {"start": self.opening.start.isoformat(), "end": self.opening.end.isoformat(), "staff": staff}
        return {**self.values, **times, "id": self.id, "type": self.kind}


@dataclass(frozen=True, slots=True)
class CallState:
    """The state of one call. Each turn makes a new one."""

    task: Task = ""
    form: Mapping[str, Filled] = field(default_factory=dict)
    wish: TimeWish = field(default_factory=TimeWish)
    opening: FreeTime | None = None
    """The time that was settled."""
    offers: tuple[FreeTime, ...] = ()
    """The times that were offered last."""
    asked: str | None = None
    """The slot that was asked for; "confirm", "more", "offer", "day_of_two" ..."""
    proposal: Proposal | None = None
    tries: Mapping[str, int] = field(default_factory=dict)
    """How often each slot was asked for in vain."""
    said: str = ""
    """What was said last, to be repeated."""
    digits: str = ""
    """The beginning of a number."""
    booking: int | None = None
    """The appointment whose owner has shown who they are."""
    which: TimeWish = field(default_factory=TimeWish)
    """When the appointment is that is to be changed, as the caller has said it ..."""
    shift: timedelta = timedelta()
    """... and how far it is to be moved."""
    same_time: bool = False
    """Whether it is to be moved to the time of day that it has."""
    proposals: int = 0
    booked: int = 0
    """How many appointments were made in this call."""
    just: int | None = None
    """The one that was made or moved last."""
    misses: int = 0
    """How many turns one after the other were not understood."""
    is_over: bool = False
    flow: str = ""
    """The name of the owner's flow that is under way ..."""
    at: int = 0
    """... and the step that is waited for."""
    is_told_free: bool = False
    """Whether a time that has come free was offered, to somebody who waits."""
    is_back: bool = False
    """Whether the caller calls again after a call that broke off, and has said nothing yet."""
    names: tuple[str, ...] = ()
    """What was said of the caller's name, try by try ..."""
    refused: tuple[str, ...] = ()
    """... and the names that were read of it and are not it, in small letters."""
    told_hours: bool = False
    """Whether the opening hours were told just now: "and on Saturday?" goes on with them."""
    also: str = ""
    """Another service that is to be booked behind this one."""
    topic: Topic | None = None
    """What the last question was about, as long as nothing else was said."""

    @property
    def name_is_unsure(self) -> bool:
        """Whether a name was refused so often that it is kept as it was heard."""
        return len(self.refused) >= NAME_TRIES and "name" in self.form

    @property
    def name_is_doubtful(self) -> bool:
        """Whether single letters were tried in vain: a word for each is heard better."""
        return len(self.refused) == NAME_TRIES - 1

    def value(self, slot: str) -> SlotValue | None:
        found = self.form.get(slot)
        return found.value if found else None

    def text(self, slot: str) -> str:
        return str(self.value(slot) or "")

    def filled(self, **values: Filled) -> CallState:
        """This with values; what was proposed of others is void."""
        if not values:
            return self
        names, refused = self.names, self.refused
        if (name := values.get("name")) and name != self.form.get("name"):
            before = self.text("name").casefold()
            names = (*names, name.heard)
            refused = (*refused, before) if before and before != str(name.value).casefold() else refused
        return replace(self, form={**self.form, **values}, proposal=None, names=names, refused=refused)

    def only(self, *slots: str) -> dict[str, Filled]:
        """The form, but for all other slots."""
        return {slot: self.form[slot] for slot in slots if slot in self.form}

    def without(self, slot: str) -> CallState:
        """This without the value of a slot, which was wrong."""
        refused = (
            (*self.refused, self.text("name").casefold()) if slot == "name" and "name" in self.form else self.refused
        )
        form = {name: value for name, value in self.form.items() if name != slot}
        return replace(self, form=form, proposal=None, refused=refused)

    def of_somebody_else(self) -> CallState:
        """This without a name, as it is for somebody else than who calls: whose it is, is asked."""
        form = {name: value for name, value in self.form.items() if name != "name"}
        return replace(self, form=form, proposal=None, names=(), refused=())

    def missed(self, slot: str) -> CallState:
        """This after one more try at a slot in vain."""
        return replace(self, tries={**self.tries, slot: self.tries.get(slot, 0) + 1}, misses=self.misses + 1)

    def form_json(self) -> dict[str, Any]:
        """The form, as outside checks see it; "when" is the time that was settled, else what is known of it."""
        values: dict[str, Any] = {name: filled.value for name, filled in self.form.items()}
        if self.opening:
            values["when"] = self.opening.start.isoformat()
        elif self.wish:
            values["when"] = self.wish.to_json()
        return values

    def to_json(self) -> dict[str, Any]:
        """What is kept of a call that may drop."""
        return {
            "task": self.task,
            "form": {name: asdict(filled) for name, filled in self.form.items()},
            "wish": self.wish.to_json(),
            "opening": _opening_json(self.opening),
            "tries": dict(self.tries),
            "names": self.names,
            "refused": self.refused,
        }


def _opening_json(opening: FreeTime | None) -> dict[str, str] | None:
    if opening is None:
        return None
    return {"start": opening.start.isoformat(), "end": opening.end.isoformat(), "staff": opening.staff}


def taken_up(values: Mapping[str, Any]) -> CallState:
    """The conversation of a call that broke off, as it goes on in the next one. A proposal is read back again, who
    wants to change an appointment shows again who they are, and a flow begins anew."""
    opening = values["opening"]
    if values["task"] in ("", "flow"):
        return CallState()
    return CallState(
        task=values["task"],
        form={name: Filled(**filled) for name, filled in values["form"].items()},
        wish=TimeWish.from_json(values["wish"]),
        opening=FreeTime(
            datetime.fromisoformat(opening["start"]), datetime.fromisoformat(opening["end"]), opening["staff"]
        )
        if opening
        else None,
        is_back=True,
        names=tuple(values.get("names", ())),
        refused=tuple(values.get("refused", ())),
    )
