"""The device's own conversations on lines that come and go: those of the page and of the phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from edge_agent import __version__, build, build_act
from edge_agent.build_called import spoken
from edge_agent.events import Event
from edge_agent.host.host import Host
from edge_agent.line import Line
from edge_agent.run.threads import Conversation
from edge_agent.serve.device_calls import Windows
from edge_agent.settings import Settings
from edge_agent.types import Json
from edge_agent.watch.history import History, HistoryWindow

if TYPE_CHECKING:
    from edge_agent.act.act import Act
    from edge_agent.act.tools import Toolbox


class DeviceLines:
    """Makes them. All share the tools; skills, memory of what was asked, and history are as at the microphone."""

    def __init__(self, settings: Settings, host: Host, toolbox: Toolbox | None) -> None:
        """The LLM has no tools without a toolbox."""
        self._settings, self._host, self._toolbox = settings, host, toolbox

    def warm_up(self, act: Act | None = None) -> None:
        """Makes and closes what a call needs: the first takes a second, and the next ones 30 ms. `act`: as in
        `converse`."""
        with closing(act or self.own()) as act:
            act.warm_up()

    def facts(self) -> Json:
        """What a client is told first."""
        chosen = build.choose(self._settings)
        return {
            "version": __version__,
            "language": self.language,
            "voice": chosen.voice.name,
            "llm": chosen.llm.name,
            "wake": list(spoken(self._settings)),
        }

    @property
    def language(self) -> str:
        """ISO 639-1 code of what is typed."""
        language = self._settings.hear.language
        return "en" if language == "auto" else language

    @property
    def voice_language(self) -> str:
        """ISO 639-1 code of what is said."""
        return self._host.language

    @contextmanager
    def converse(
        self, line: Line, windows: Windows, *, told: bool = True, act: Act | None = None
    ) -> Iterator[Conversation]:
        """A conversation on a line, which is to be run in the block. `told`: whoever is there is told what
        has rung since somebody was. `act`: what code does in it, if not what it does for the owner."""
        settings = self._settings
        look: list[Callable[[Event], object]] = [
            windows.on_event,
            HistoryWindow(History.own(), settings.history.days),
        ]

        def on_event(event: Event) -> None:
            for window in look:
                window(event)

        with closing(act or self.own()) as act:
            act.warm_up()
            if told and "microphone" not in settings.doors.open:
                act.catch_up()  # else what rang meanwhile is told there
            made = build.conversation(
                line,
                self._host,
                settings,
                on_event=on_event,
                on_mark=windows.on_mark,
                on_report=windows.on_report,
                act=act,
            )
            assert isinstance(made, Conversation)
            yield made

    def own(self) -> Act:
        """What code does for the owner, or their agent on the page. It is to be closed."""
        if self._settings.serve.agent:
            return build_act.desk(self._settings, self._settings.serve.agent, greets=True)
        return build_act.act(self._settings, tools=self._toolbox.lent() if self._toolbox else False)
