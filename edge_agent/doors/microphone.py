"""The door beside the machine: a conversation at its microphone and loudspeaker."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import typer

from edge_agent import build, build_act
from edge_agent.build_called import spoken
from edge_agent.events import Event
from edge_agent.heap import keep_loaded
from edge_agent.host.host import Host
from edge_agent.host.inline import InlineHost
from edge_agent.life import systemd
from edge_agent.line import Line, hears
from edge_agent.program import pasted
from edge_agent.run.inline import InlineConversation
from edge_agent.run.threads import Conversation
from edge_agent.settings import Settings
from edge_agent.watch.captions import Captions
from edge_agent.watch.history import History, HistoryWindow
from edge_agent.watch.latency import RECENT, Latency
from edge_agent.watch.log import EventFile
from edge_agent.watch.recorder import Recorder
from edge_agent.watch.screen import Screen


class MicrophoneDoor:
    name = "microphone"

    def __init__(self, settings: Settings) -> None:
        """Raises DeviceError for a device that is named wrongly; a service waits for any."""
        if not systemd.supervised():
            build.check_devices(settings)
        self._settings = settings
        self._conversation: Conversation | InlineConversation | None = None
        self._over = False

    def run(self, host: Host) -> None:
        with ExitStack() as stack:
            conversation = self._conversation = at_the_line(stack, self._settings, host)
            if isinstance(conversation, Conversation):
                host.microphones.append(conversation)
            if not self._over:
                conversation.run()

    def goodbye(self) -> None:
        self._over = True
        if self._conversation:
            self._conversation.stop()


@dataclass(frozen=True, slots=True)
class Files:
    """Files in place of devices, and what is written."""

    input: Path | None = None
    """Sound to hear instead of the microphone."""
    output: Path | None = None
    """WAV of what the loudspeaker played."""
    events: Path | None = None
    record: Path | None = None
    """A folder for microphone and events."""


def at_the_line(
    stack: ExitStack,
    settings: Settings,
    host: Host | InlineHost,
    files: Files | None = None,
    *,
    linger_s: float = 0.0,
    timings: bool = False,
    kept: bool = True,
    greeting: bool = False,
) -> Conversation | InlineConversation:
    """A conversation at the sound card, or at `files`, with the windows that look on.

    `stack` closes what is written to. `kept` says whether what is said goes into the history, if that is on. With
    `greeting` a person at a terminal is told that it listens, and what can be said.
    """
    files = files or Files()
    latency = Latency(most=RECENT)
    words = not systemd.supervised()  # what a service writes is kept in the journal
    screen = Screen(tell, partial(typer.echo, nl=False))
    if words:
        stack.enter_context(screen.beside_logs())
    windows: list[Callable[[Event], None]] = [Captions(screen, latency if timings else None, words=words)]
    history = History.own()
    if kept:
        windows.append(HistoryWindow(history, settings.history.days))
    if kept and history.is_on():
        typer.echo(pasted("The history is on: what is said is kept. To stop that: edge-agent history off"), err=True)
    if files.events:
        windows.append(stack.enter_context(EventFile(files.events)))
    agent = settings.act.agent
    made = build_act.desk(settings, agent, greets=True) if agent else build_act.act(settings)
    act = stack.enter_context(closing(made))
    act.warm_up()
    keep_loaded()  # before there is a loudspeaker, which would run dry meanwhile
    fast = isinstance(host, InlineHost)
    line = build.line(
        settings,
        host.rate_hz,
        input=files.input,
        output=files.output,
        fast=fast,
        on_status=lambda status: screen.aside(partial(_say, status)),
    )
    greeted = _greeted(line, settings)
    if files.record:
        recorder = stack.enter_context(Recorder(files.record, line))
        windows.append(recorder.on_event)
        line = recorder.line

    def on_event(event: Event) -> None:
        for window in windows:
            window(event)

    act.catch_up()
    if greeting:
        typer.echo(greeted, err=True)
    return build.conversation(line, host, settings, linger_s=linger_s, on_mark=latency, on_event=on_event, act=act)


def _greeted(line: Line, settings: Settings) -> str:
    """The first words to a person at a sound card: true ones, also where there is nothing to hear with yet."""
    if not hears(line.source):
        return f"It hears nothing yet, and will as soon as it can. To type meanwhile: {pasted('edge-agent chat')}"
    if names := spoken(settings):
        called = " or ".join(f'"{name}"' for name in names)
        return (
            f'Say {called}, and what you want: "what time is it", "set a timer for five minutes", "what can you do".\n'
            "It answers nothing else, but for what follows its answers. Ctrl-C ends."
        )
    return (
        'Listening. Say "what time is it", "set a timer for five minutes" or "what can you do".\n'
        "It has no wake word: it answers whatever it hears. To call it by name: --set hear.wake=hey_jarvis\n"
        "Ctrl-C ends."
    )


def tell(line: str, *, err: bool = False) -> None:
    """Writes to the terminal, or from a service to the log, where the same line comes once in ten minutes
    (life/journal.py)."""
    if systemd.supervised():
        logging.getLogger(__name__).warning(line.strip())
    else:
        typer.echo(line, err=err)


def _say(status: str) -> None:
    """What becomes of the devices, from whichever thread has noticed."""
    tell(status, err=True)
    systemd.status(status)
