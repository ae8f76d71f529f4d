"""What the server counts and times, and how Prometheus reads it."""

from __future__ import annotations

from typing import Any

from edge_agent.host.gauges import Counted, Held, Timed

BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 1.5, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """A Watch that Prometheus can read. Names: edge_agent_turns_total, edge_agent_v2v_seconds, edge_agent_sessions,
    edge_agent_queue_depth{queue="think"}, edge_agent_stage_seconds{stage="asr"}, ...
    """

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self._registry = CollectorRegistry()
        self._events: dict[str, Any] = {
            what: Counter(f"edge_agent_{what}", meaning, registry=self._registry) for what, meaning in _COUNTED.items()
        }
        self._v2v = Histogram(
            "edge_agent_v2v_seconds",
            "From the end of the user's words to the first sound handed to the door",
            buckets=BUCKETS_S,
            registry=self._registry,
        )
        self._stages = Histogram(
            "edge_agent_stage_seconds", "Time of a stage", ["stage"], buckets=BUCKETS_S, registry=self._registry
        )
        self._held: dict[Held, Any] = {
            what: Gauge(f"edge_agent_{what}", meaning, registry=self._registry) for what, meaning in _HELD.items()
        }
        self._queues = Gauge("edge_agent_queue_depth", "Items that wait", ["queue"], registry=self._registry)
        for queue in ("hear", "think", "speak"):
            self._queues.labels(queue)

    def count(self, what: Counted, amount: float = 1.0) -> None:
        self._events[what].inc(amount)

    def time(self, what: Timed, seconds: float) -> None:
        (self._v2v if what == "v2v" else self._stages.labels(what)).observe(max(0.0, seconds))

    def hold(self, what: Held, number: int) -> None:
        (self._held.get(what) or self._queues.labels(what)).set(number)

    def text(self) -> bytes:
        """The exposition format 0.0.4 of Prometheus."""
        from prometheus_client import generate_latest

        return generate_latest(self._registry)


_COUNTED: dict[Counted, str] = {
    "turns": "Turns of users that held words",
    "answers": "Answers begun",
    "stopped": "Answers given up before their end",
    "failures": "Failures of an engine",
    "lost_seconds": "Seconds of sound that could not be heard in time",
    "refused": "Requests turned away by the guard",
}
_HELD: dict[Held, str] = {
    "sessions": "Realtime sessions that are open",
    "connections": "Connections that are open",
    "waiting_bytes": "Bytes that wait for clients to read them",
    "secret_bytes": "Bytes that client secrets keep",
}
