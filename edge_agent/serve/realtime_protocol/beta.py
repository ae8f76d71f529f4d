"""The beta dialect: a thin translation at the edge of a protocol that speaks GA. Source: realtime.md, section 4."""

from __future__ import annotations

from typing import Any

from edge_agent.serve.realtime_protocol.ids import NewId

Json = dict[str, Any]


class Beta:
    """The translator of one connection. Stateless but for `temperature`, which GA does not have."""

    def __init__(self, conversation_id: str, new_id: NewId) -> None:
        self._conversation_id = conversation_id
        self._new_id = new_id

    def received(self, event: Json) -> Json:
        """A client event of beta (as `client_events.parse` returns it) as one of GA."""
        raise NotImplementedError

    def sent(self, event: Json) -> list[Json]:
        """A server event of GA as those of beta, mostly one, sometimes none."""
        raise NotImplementedError


def session_json(session: Json) -> Json:
    """A session object of GA (`Session.to_json`) in beta's flat shape."""
    raise NotImplementedError
