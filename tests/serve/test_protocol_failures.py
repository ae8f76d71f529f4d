"""A response that fails: what is open is closed, response.done says why, and the next one may come."""

from __future__ import annotations

import pytest
from protocol_world import ANSWER, opened, order, valid

from edge_agent.errors import PromptTooLong
from edge_agent.serve.testing import ScriptedEngines, spoken, types
from edge_agent.types import Failure


def test_n_failure() -> None:
    wire = opened(ScriptedEngines([spoken("One two.", end=Failure("out of memory"))]))
    wire.send("response.create")
    events = wire.run()
    assert order(events) == ANSWER[1:-1]
    response = events[-1]["response"]
    assert response["status"] == "failed"
    assert response["status_details"]["error"]["message"] == "out of memory"
    assert response["output"][0]["status"] == "incomplete"
    assert "response.created" in types(wire.send("response.create"))
    valid(wire)


@pytest.mark.parametrize(
    ("failure", "kind"),
    [(Failure("no"), "server_error"), (Failure("too long", PromptTooLong.code), "invalid_request_error")],
)
def test_a_prompt_that_does_not_fit_is_no_fault_of_the_server(failure: Failure, kind: str) -> None:
    wire = opened(ScriptedEngines([[failure]]))
    wire.send("response.create")
    fault = wire.run()[-1]["response"]["status_details"]["error"]
    assert fault == {"type": kind, "code": failure.code, "message": failure.error}
    assert "response.created" in types(wire.send("response.create"))
    valid(wire)
