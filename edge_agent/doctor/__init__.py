"""Doctor: is everything there that a conversation needs, and does it work? Looks and tries, mends nothing."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial

from edge_agent.doctor import engines, kept, lan, machine, phone, tools, wake
from edge_agent.doctor.finding import Finding, finding
from edge_agent.errors import EdgeAgentError, EngineError
from edge_agent.settings import Settings

__all__ = ["Finding", "examine"]


def examine(load: Callable[[], Settings], *, quick: bool = False) -> Iterator[Finding]:
    """Findings in the order of their causes, each as soon as it is known. `quick` runs no engine."""
    yield finding("python", machine.python)
    yield finding("platform", machine.platform)
    yield finding("offline", machine.offline)
    yield finding("temperature", machine.temperature)
    settings = Settings()  # the other checks go on with the defaults if the user's are wrong
    try:
        settings = load()
        yield Finding("settings", "ok", machine.settings_files())
    except EdgeAgentError as error:
        yield Finding("settings", "broken", error.args[0], error.fix or "edge-agent config path")
    yield finding("sentences", kept.sentences)
    yield finding("records", kept.records)
    if settings.hear.only_enrolled:
        yield finding("voices", partial(kept.voices, settings))
    yield finding("tools", partial(tools.listed, settings, quick=quick))
    yield finding("network", partial(tools.network, settings))
    if machine.SERVICE.exists():
        yield finding("service", partial(machine.service, machine.SERVICE.name))
    if settings.home_assistant.url and not quick:
        yield finding("home assistant", partial(tools.home_assistant, settings))
    yield finding("memory", partial(machine.memory, settings))
    yield finding("sandbox", partial(machine.sandboxes, settings))
    yield finding("disk", partial(machine.disk, settings))
    there = []
    for role in engines.RUN:
        model = finding(f"model {role}", partial(engines.files, settings, role))
        yield model
        if model.status == "ok":
            there.append(role)
    yield finding("gpu", partial(engines.gpu, settings, there))
    if "tts" in there:
        yield finding("language", partial(engines.language, settings))
    yield finding("portaudio", machine.portaudio)
    yield finding("microphone", partial(machine.device, "input", settings.line.microphone))
    yield finding("speaker", partial(machine.device, "output", settings.line.speaker))
    yield finding("echo", partial(machine.echo, settings))
    yield finding("webrtc", machine.webrtc)
    yield finding("phone", partial(phone.phone, settings))
    if settings.serve.lan:
        yield finding("lan", partial(lan.house, settings))
    if quick:
        return
    yield finding("llama.cpp", partial(_isolated, engines.llama_build))
    if settings.hear.wake:
        yield finding("run wake", partial(_isolated, wake.run_wake, settings))
    for role in there:
        yield finding(f"run {role}", partial(_isolated, engines.RUN[role], settings))


def _isolated(work: Callable[..., str], *arguments: object) -> str:
    """Run `work` in a process of its own: one that dies (SIGILL on an older CPU) is a line like any other."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        try:
            return pool.submit(work, *arguments).result()
        except BrokenProcessPool:
            raise EngineError(
                "The engine killed its process: it may have been built for another CPU, or memory ran out.",
                fix="rm -r .venv && scripts/run --help",
            ) from None
