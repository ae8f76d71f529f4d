"""The door for programs: the OpenAI Realtime API and its neighbours, on one asyncio loop."""

from __future__ import annotations

import contextlib
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import typer

from edge_agent import build, build_act, build_tools
from edge_agent.clock import RealClock
from edge_agent.doors.device_line import DeviceLines
from edge_agent.doors.house import HouseDoor, check
from edge_agent.doors.own_device import OwnDevice
from edge_agent.heap import keep_loaded
from edge_agent.host.host import Host
from edge_agent.life import systemd
from edge_agent.life.stalls import of_host
from edge_agent.life.starts import of_service
from edge_agent.life.supervision import Supervision
from edge_agent.phone.numbers import may_be_called
from edge_agent.phone.setup import webhook_secret
from edge_agent.rtc.network import Network
from edge_agent.serve.app import Clocks, Conversations, ModelNames, Page, application
from edge_agent.serve.budget import waiting_frames
from edge_agent.serve.calls import RealtimeCalls
from edge_agent.serve.crowd import most_open
from edge_agent.serve.device_calls import LineCalls
from edge_agent.serve.guard import Rules, check_exposure
from edge_agent.serve.http_calls import CallDoors
from edge_agent.serve.http_errors import AsgiApp
from edge_agent.serve.loop import OnLoop
from edge_agent.serve.metrics import Metrics
from edge_agent.serve.new_session import NewSessions
from edge_agent.serve.phone_calls import IncomingCalls
from edge_agent.serve.realtime import Opening, RealtimeDoor
from edge_agent.serve.realtime_protocol import RealtimeProtocol
from edge_agent.serve.server import bound, check_certificate, server, url
from edge_agent.serve.session_limit import Places
from edge_agent.serve.webhook import Webhook
from edge_agent.settings import Settings
from edge_agent.settings.phone import PhoneSettings

if TYPE_CHECKING:
    from edge_agent.act.device import DeviceToolset


class HttpDoor:
    """Is to be run by the main thread, which gets the signals."""

    name = "http"

    def __init__(self, settings: Settings) -> None:
        """Raises ConfigError or ServeError for an address or a certificate that will not do."""
        own = settings.serve
        if own.lan:
            check(own)
        host = "127.0.0.1" if own.host == "localhost" else own.host  # no name is ever looked up
        self._tls = (own.tls_cert, own.tls_key) if own.tls_cert and own.tls_key else None
        if self._tls:
            check_certificate(*self._tls)
        check_exposure(host, token=own.token, tls=self._tls is not None)
        self._settings = settings
        self.incoming = incoming_calls(settings.phone)
        """Calls by telephone that are announced to programs; None where none is."""
        self.socket = bound(host, own.port)
        self._house = HouseDoor(own, self.socket.getsockname()[1]) if own.lan else None
        self._server: Any = None
        self.metrics = Metrics()
        """What the host is to count and time for it."""

    def run(self, host: Host) -> None:
        """Serves until Ctrl-C, SIGTERM or `goodbye`."""
        toolbox = build_tools.toolbox(self._settings)
        with contextlib.closing(build_act.device(self._settings, toolbox)) as device:
            self._serve(host, device, DeviceLines(self._settings, host, toolbox))

    def _serve(self, host: Host, device: DeviceToolset, lines: DeviceLines) -> None:
        own, llm = self._settings, build.choose(self._settings).llm.name
        clock, voices, engines = RealClock(), build.installed_voices(own), OnLoop(host)
        sessions = NewSessions(own.think.persona, llm, time.time, voices, device.tools)
        protocol = partial(_protocol, own, sessions, clock)
        places, network = Places(own.serve.max_sessions, self.metrics), Network(clock)
        calls = RealtimeCalls(network, engines, protocol, places, clock, tools=device.conversation)
        realtime = RealtimeDoor(
            engines,
            protocol,
            clock,
            dialect=own.serve.dialect,
            tools=device.conversation,
            beside=calls.beside,
            waiting=waiting_frames(partial(self.metrics.hold, "waiting_bytes")),
        )
        own_calls = LineCalls(network, lines.converse, places, host.rate_hz, lines.facts())
        supervision: list[Supervision] = []

        def on_ready() -> None:
            self._say_ready()  # first: whoever waited for systemd to be told finds it said
            if self._house:
                self._house.open(self._server)
            supervision.append(Supervision(of_host(host, self._settings.engines.deadline_s), of_service()))
            threading.Thread(target=warm_up, name="warm-up", daemon=True).start()

        def warm_up() -> None:
            network.warm_up()
            lines.warm_up()
            keep_loaded()

        def on_tick() -> None:
            for each in supervision:
                each.tick()
            if self._house:
                own_calls.leave_unless(self._house.devices.has)

        async def on_stop() -> None:
            if self._house:
                self._house.close()
            await calls.close()
            await own_calls.close()
            await realtime.close()

        conversations = Conversations(realtime.serve, places, CallDoors(calls, own_calls, self.incoming))
        app = self._application(engines, conversations, sessions, clock)
        self._server = server(
            app,
            on_ready=on_ready,
            on_tick=on_tick,
            on_stop=on_stop,
            tls=self._tls,
            most=most_open(own.serve.max_sessions),
            watch=self.metrics,
        )
        self._server.run(sockets=[self.socket])

    def goodbye(self) -> None:
        if self._server:
            self._server.should_exit = True

    def _application(
        self, engines: OnLoop, conversations: Conversations, sessions: NewSessions, clock: RealClock
    ) -> AsgiApp:
        own, chosen = self._settings.serve, build.choose(self._settings)
        house = self._house
        rules = Rules(
            token=own.token,
            allowed_hosts=frozenset(own.allowed_hosts) | (house.names if house else frozenset()),
            allowed_origins=frozenset(own.allowed_origins),
            pairing=house.pair if house else None,
        )
        return application(
            engines,
            conversations,
            names=ModelNames(chosen.llm.name, chosen.asr.name, chosen.voice.name),
            sessions=sessions,
            rules=rules,
            metrics=self.metrics,
            clocks=Clocks(clock.now, time.time),
            page=Page(OwnDevice(self._settings), house.doors if house else None),
        )

    def _say_ready(self) -> None:
        http, ws = (url(self.socket, scheme) for scheme in (("https", "wss") if self._tls else ("http", "ws")))
        typer.echo(
            f"Ready. Page: {http}/   Realtime: {ws}/v1/realtime   base_url of other clients: {http}/v1   Ctrl-C ends."
        )
        systemd.status(f"profile {build.choose(self._settings).profile.name}: ready at {ws}")


def incoming_calls(own: PhoneSettings) -> IncomingCalls | None:
    """How calls by telephone are announced. Raises ConfigError for a secret that is not there, or is none."""
    if own.webhook is None:
        return None
    return IncomingCalls(
        Webhook(own.webhook, webhook_secret(own), time.time),
        RealClock(),
        time.time,
        rings_s=own.webhook_s,
        most_s=60 * own.max_minutes,
        may_refer=lambda uri: uri in own.numbers.values() or may_be_called(uri.removeprefix("tel:"), own.allow_out),
    )


def _protocol(settings: Settings, sessions: NewSessions, clock: RealClock, opening: Opening) -> RealtimeProtocol:
    return RealtimeProtocol(
        sessions.make(
            opening.session, model=opening.model, kind="transcription" if opening.transcription else "realtime"
        ),
        now=clock.now,
        dialect=opening.dialect,
        strict=settings.serve.strict,
        language=settings.hear.language,
        player=opening.player,
    )
