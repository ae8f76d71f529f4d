"""Home Assistant: what was said goes to its own sentences first, one HTTP call, no LLM."""

from __future__ import annotations

import json
import logging
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from edge_agent.act.tools.direct import direct_opener
from edge_agent.act.tools.tool import MOST_RESULT_CHARS, Outcome, clipped

log = logging.getLogger(__name__)

MOST_BYTES = 65_536
"""An answer that is longer is none."""
REST_S = 30.0
"""It is left alone for so long once it could not be reached, so that not every turn waits for it."""


class HomeAssistant:
    """One Home Assistant. Any thread may ask; nothing is remembered of what was said."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        agent: str,
        deadline_s: float,
        now: Callable[[], float],
        language: str = "en",
    ) -> None:
        """`url` without a slash at its end; `agent`: the conversation agent that is asked; `now`: any clock, in s."""
        self._url, self._token, self._agent, self._language = url, token, agent, language
        self._deadline_s, self._now = deadline_s, now
        self._resting_until = float("-inf")
        self.problem: str | None = None
        """What was wrong when it was last asked, in one sentence."""
        self._opener = direct_opener()  # the words and the token go where the owner said

    def process(self, text: str) -> Outcome | None:
        """What Home Assistant did or answered; None if it did not understand `text`, or cannot be asked."""
        if self._now() < self._resting_until:
            return None
        told = {"text": text, "language": self._language, "agent_id": self._agent}
        answer = self._asked("/api/conversation/process", told)
        return _outcome(answer) if answer is not None else None

    def check(self) -> str | None:
        """What is wrong with the address or the token, in one sentence; None if nothing is."""
        self._asked("/api/", None)
        return self.problem

    def _asked(self, path: str, body: dict[str, Any] | None) -> Any:
        request = urllib.request.Request(
            self._url + path,
            None if body is None else json.dumps(body).encode(),
            {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        try:
            with self._opener.open(request, timeout=self._deadline_s) as response:
                read = response.read(MOST_BYTES + 1)
            answer = json.loads(read) if len(read) <= MOST_BYTES else None
        except urllib.error.HTTPError as error:
            refused = error.code in (401, 403)
            self._failed("refuses the token" if refused else f"answers with the status {error.code}", rests=refused)
        except ValueError:
            self._failed("answers with something that is not JSON", rests=False)
        except OSError as error:
            self._failed(f"cannot be reached ({getattr(error, 'reason', None) or type(error).__name__})", rests=True)
        else:
            self.problem = None if isinstance(answer, dict) else "Home Assistant answers with something else."
            return answer if isinstance(answer, dict) else None
        return None

    def _failed(self, how: str, *, rests: bool) -> None:
        """One sentence may be too much for it (2024.3 answers some with the status 500): the next is tried."""
        self.problem = f"Home Assistant {how}."
        if rests:
            self._resting_until = self._now() + REST_S
        log.warning("Home Assistant %s.", how)


def _outcome(answer: dict[str, Any]) -> Outcome | None:
    """The answer of /api/conversation/process, whose `response_type` is action_done, query_answer or error."""
    response = answer.get("response")
    if not isinstance(response, dict):
        return None
    kind, data = response.get("response_type"), response.get("data")
    code = data.get("code") if isinstance(data, dict) else None
    if kind == "error" and code in (None, "no_intent_match", "unknown"):
        return None
    return Outcome(kind in ("action_done", "query_answer"), clipped(_speech(response), MOST_RESULT_CHARS))


def _speech(response: dict[str, Any]) -> str:
    """What it says, "Done." if nothing: {"speech": {"plain": {"speech": "Turned on the light"}}}."""
    said: Any = response
    for key in ("speech", "plain", "speech"):
        said = said.get(key) if isinstance(said, dict) else None
    return said.strip() if isinstance(said, str) and said.strip() else "Done."
