"""The composition root of a server: settings -> engines -> what answers its clients."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial

from edge_agent import build
from edge_agent.build import Chosen
from edge_agent.clock import RealClock
from edge_agent.heap import give_back, limit_heaps
from edge_agent.hear.ears import Ears
from edge_agent.hear.endpoint import FixedHold
from edge_agent.host.engines import Engines
from edge_agent.host.host import Host
from edge_agent.host.jobs import Detection
from edge_agent.interfaces import Asr, Endpoint, VadEngine
from edge_agent.life.stalls import of_engines
from edge_agent.serve.app import Clocks, Names, Service, application
from edge_agent.serve.guard import Rules
from edge_agent.serve.loop import OnLoop
from edge_agent.serve.metrics import Metrics
from edge_agent.serve.new_session import NewSessions
from edge_agent.serve.realtime import Opening, RealtimeDoor
from edge_agent.serve.realtime_protocol import RealtimeProtocol
from edge_agent.settings import EAGERNESS, Settings
from edge_agent.think.mind import time_stamp
from edge_agent.think.writer import Writer


def service(settings: Settings, chosen: Chosen) -> Service:
    """All of a server but its socket, with its threads started: `engines` for whoever the guard lets in."""
    own, clock, metrics = settings.serve, RealClock(), Metrics()
    sessions = NewSessions(settings.think.persona, chosen.llm.name, time.time)
    host = Host(engines(settings, chosen), clock, metrics)
    host.start()
    doors = OnLoop(host)
    door = RealtimeDoor(doors, partial(_protocol, settings, sessions, clock), clock, dialect=own.dialect)
    rules = Rules(
        token=own.token, allowed_hosts=frozenset(own.allowed_hosts), allowed_origins=frozenset(own.allowed_origins)
    )
    app = application(
        doors,
        door.serve,
        names=Names(chosen.llm.name, chosen.asr.name, chosen.voice.name),
        sessions=sessions,
        rules=rules,
        max_sessions=own.max_sessions,
        metrics=metrics,
        clocks=Clocks(clock.now, time.time),
    )
    return Service(
        app,
        goodbye=door.close,
        close=host.close,
        stalls=of_engines(host.to_hear, host.to_think, host.to_speak, settings.engines.deadline_s),
    )


def _protocol(settings: Settings, sessions: NewSessions, clock: RealClock, opening: Opening) -> RealtimeProtocol:
    language = settings.hear.language
    return RealtimeProtocol(
        sessions.make(
            opening.session, model=opening.model, kind="transcription" if opening.transcription else "realtime"
        ),
        now=clock.now,
        dialect=opening.dialect,
        strict=settings.serve.strict,
        stamp=lambda: time_stamp(datetime.now(), language),
        language=language,
    )


def engines(settings: Settings, chosen: Chosen) -> Engines:
    """`build.rooms` for a server: many sessions, each with ears of its own, on one set of engines."""
    limit_heaps()
    with ThreadPoolExecutor(3) as pool:
        loading_writer = pool.submit(_warm_writer, settings, chosen)
        loading_voice = pool.submit(build.warm_voice, settings, chosen)
        vad, endpoint, asr = build.hearing(settings, chosen.vad, chosen.endpoint, chosen.asr)
        voice = loading_voice.result()
        loaded = Engines(
            ears=partial(_ears_for, settings, vad),
            endpoint=endpoint,
            asr=lambda language: asr if language is None else asr.of_language(language),
            writer=loading_writer.result(),
            voice=voice,
            language=voice.language,
        )
    give_back()
    return loaded


def _ears_for(settings: Settings, vad: VadEngine, endpoint: Endpoint, asr: Asr, detection: Detection) -> Ears:
    """What a session asks for wins over the settings."""
    at, turns = build.thresholds(settings), settings.turns
    if detection.threshold is not None:
        # Silero's own distance between the two. Clients may ask for 0 and 1, at which nothing would ever change.
        speech = min(0.99, max(0.02, detection.threshold))
        at = replace(at, speech=speech, silence=max(0.01, speech - 0.15))
    if detection.eagerness:
        turns = turns.model_copy(update=EAGERNESS[detection.eagerness])
    policy = build.hold(turns)
    if detection.silence_s is not None:
        policy = replace(policy, short_s=detection.silence_s, long_s=detection.silence_s, max_s=detection.silence_s)
        endpoint = FixedHold()
    return Ears(vad.another(), endpoint, asr, at, policy)


def _warm_writer(settings: Settings, chosen: Chosen) -> Writer:
    warm = build.writer(settings, chosen.llm)
    warm.warm_up(settings.think.persona)
    return warm
