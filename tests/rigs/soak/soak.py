"""Soak: drives one conversation through its plans and looks at the process after each hundred turns."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from statistics import quantiles
from typing import Any

from edge_agent.agent.briefs import Briefs
from edge_agent.clock import ManualClock
from edge_agent.events import Event
from edge_agent.host.engines import Engines
from edge_agent.host.gauges import Held, Unwatched
from edge_agent.host.host import Host
from edge_agent.host.inline import InlineHost
from edge_agent.host.jobs import Detection
from edge_agent.run.inline import InlineConversation
from edge_agent.run.threads import Conversation
from edge_agent.watch.captions import Captions
from edge_agent.watch.latency import RECENT, Latency
from edge_agent.watch.screen import Screen
from tests.rigs.fakes import settled
from tests.rigs.soak.card import Card
from tests.rigs.soak.engines import Known
from tests.rigs.soak.gauges import Reading, reading
from tests.rigs.soak.line import SoakLine, SoakSink, SoakSource
from tests.rigs.soak.plan import Plan
from tests.rigs.soak.referee import Referee
from tests.rigs.soak.verdict import COUNTED, Bar, count_bars, memory_bars

WINDOW = 100
PERSONA = "You answer in two sentences."

Progress = Callable[[str], object]


class Peaks(Unwatched):
    """The most that waited before each of the host's threads."""

    def __init__(self) -> None:
        self.held: dict[str, int] = {}

    def hold(self, what: Held, number: int) -> None:
        self.held[what] = max(number, self.held.get(what, 0))


class Part:
    """A conversation and what came of it: `windows`, ready for JSON, and the `referee`."""

    def __init__(
        self,
        plans: Iterable[Plan],
        engines: Engines,
        *,
        known: Known,
        threads: bool = False,
        card: bool = False,
        window: int = WINDOW,
        progress: Progress = lambda line: None,
        on_plan: Callable[[Plan], object] = lambda plan: None,
    ) -> None:
        """`threads`: five, in step with the tape; otherwise one. `card`: through the sound card's code. `on_plan` is
        told of each turn that begins."""
        clock = ManualClock()
        self.referee = Referee(slack_s=0.02 if threads else 0.0)
        self.windows: list[dict[str, Any]] = []
        self.turns = 0
        self._every, self._progress, self._told = window, progress, on_plan
        self._taken: list[float] = []
        """Wall-clock time of each turn of this window, in s; the tape itself takes none."""
        self._begun_s: float | None = None
        source = SoakSource(
            plans, self.referee, clock, known=known, on_plan=self._on_plan, settle=self._settle if threads else _nothing
        )
        engines.ears(engines.endpoint, engines.asr(None), Detection())  # the one thread of all ears starts now
        self._sink = SoakSink(engines.voice.rate_hz, self.referee, clock, waits=threads)
        self.line = SoakLine(Card(source, clock) if card else source, self._sink, clock)
        latency = Latency(most=RECENT)
        self._captions = Captions(Screen(lambda line: None), latency)
        """The windows of `talk --timings` look on, as they may grow too."""
        briefs = Briefs(PERSONA)
        named: dict[str, Any] = {"on_event": self._on_event, "on_mark": latency}
        self._peaks = Peaks()
        self._conversation: Conversation | InlineConversation
        if threads:
            self._host = Host(engines, ManualClock(), self._peaks)
            self._conversation = Conversation(self.line, self._host, briefs, **named)
        else:
            self._conversation = InlineConversation(self.line, InlineHost(engines, ManualClock()), briefs, **named)

    def run(self) -> None:
        if isinstance(self._conversation, Conversation):
            with self._host:
                return self._conversation.run()
        return self._conversation.run()

    def _on_event(self, event: Event) -> None:
        self.referee.on_event(event)
        self._captions(event)

    def _on_plan(self, plan: Plan | None) -> None:
        """A turn begins (None: there are no more). All that went before it is the turn before."""
        now_s = time.monotonic()
        if self._begun_s is not None:
            self._taken.append(now_s - self._begun_s)
            self.turns += 1
            if self.turns % self._every == 0 or (plan is None and self._taken):
                self._close_window()
        if plan:
            self._told(plan)
        self._begun_s = time.monotonic()

    def _close_window(self) -> None:
        window = {
            "turns": self.turns,
            "lost": self.referee.lost,
            "wrong": self.referee.wrong,
            "turn_ms": percentiles(self._taken),
            "mailboxes": self._most_waiting(),
            **reading(),
        }
        self.windows.append(window)
        self._taken = []
        self._progress(
            f"{window['turns']} turns, {window['lost']} lost, {window['wrong']} wrong, PSS {window['pss_mb']:.1f} MB, "
            f"{window['anon_mb']:.1f} without files, "
            f"{window['descriptors']} descriptors, {window['threads']} threads, {window['children']} children"
        )

    def _most_waiting(self) -> dict[str, int]:
        if isinstance(self._conversation, Conversation):
            return {**self._peaks.held, "blocks": self._conversation.blocks.peak}
        return {}

    def _settle(self) -> None:
        conversation = self._conversation
        assert isinstance(conversation, Conversation)
        while not settled(conversation, self._sink):
            time.sleep(0)


def percentiles(seconds: list[float]) -> dict[str, float]:
    """Median, 95th percentile and maximum, in ms; empty without any."""
    if len(seconds) < 2:
        return {}
    cuts = quantiles(seconds, n=20, method="inclusive")
    return {
        name: round(1000 * value, 2) for name, value in (("p50", cuts[9]), ("p95", cuts[18]), ("max", max(seconds)))
    }


def _nothing() -> None:
    pass


class Soak:
    """Parts one after the other in one process, and what is judged of them."""

    def __init__(self, tier: str, progress: Progress) -> None:
        self.tier = tier
        self.parts: dict[str, Part] = {}
        self._around: dict[str, tuple[Reading, Reading]] = {}
        """What there was before each part, and after it."""
        self.killed: dict[str, int] = {}
        """Worker and signal -> how often."""
        self._progress = progress

    def run(self, name: str, part: Part) -> None:
        self._progress(name)
        before = reading()
        part.run()
        after = reading()
        self.parts[name] = part
        self._around[name] = before, after

    def _to_judge(self, window: Reading) -> Reading:
        """Where workers were killed the agent alone: one that is being loaded has fewer descriptors and threads."""
        return {**window, **window["processes"]["agent"]} if self.killed else window

    def bars(self) -> list[Bar]:
        """The last part is the one whose second half is its first again. Where workers were killed memory is not
        judged: a window finds them at any age (15 MB more in one, 3 MB less in the next half; 200 kills)."""
        parts = self.parts
        found = [
            Bar("lost turns", sum(part.referee.lost for part in parts.values()), 0),
            Bar("wrong turns", sum(part.referee.wrong for part in parts.values()), 0),
            *([] if self.killed else memory_bars([*parts.values()][-1].windows, self.tier)),
        ]
        for name, part in parts.items():
            windows = [self._to_judge(window) for window in part.windows]
            found += [Bar(f"{name}: {bar.name}", *bar[1:]) for bar in count_bars(windows)]
            before, after = map(self._to_judge, self._around[name])
            found += [Bar(f"{name}: {what} left behind", abs(after[what] - before[what]), 0) for what in COUNTED]
        return found
