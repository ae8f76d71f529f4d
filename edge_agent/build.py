"""The composition root: settings -> engines, here or in workers -> rooms -> an agent on its line."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge_agent.act.act import Act
from edge_agent.act.times import local_zone
from edge_agent.act.tools.arguments import as_said
from edge_agent.agent.briefs import Briefs
from edge_agent.build_called import by_name, chimes, wake
from edge_agent.build_cards import machine, on_cpu
from edge_agent.build_ears import check_enrolled, ears
from edge_agent.build_engines import asr as asr
from edge_agent.build_engines import endpoint as endpoint
from edge_agent.build_engines import llm as llm
from edge_agent.build_engines import speaker as speaker
from edge_agent.build_engines import together
from edge_agent.build_engines import tts as tts
from edge_agent.build_engines import vad as vad
from edge_agent.clock import ManualClock, RealClock
from edge_agent.errors import EngineLost, ModelError
from edge_agent.events import Event
from edge_agent.heap import give_back, limit_heaps
from edge_agent.host.engines import Engines
from edge_agent.host.gauges import Watch
from edge_agent.host.host import Host
from edge_agent.host.inline import InlineHost
from edge_agent.interfaces import AsrEngine, EndpointEngine, VadEngine
from edge_agent.line import Line
from edge_agent.lines.mute import Mute
from edge_agent.lines.wav import WavLine
from edge_agent.run.inline import InlineConversation
from edge_agent.run.threads import Conversation
from edge_agent.settings import Settings
from edge_agent.speak.apology import Apology
from edge_agent.speak.voice import Voice
from edge_agent.state import state_dir
from edge_agent.store import Model, Profile, Store
from edge_agent.store.machine import Machine
from edge_agent.store.manifest import ROLES, SPEAKER, ModelRole, UnknownModel
from edge_agent.think.pieces import Limits
from edge_agent.think.template import ChatTemplate, template_for
from edge_agent.think.vocabulary import LANGUAGES
from edge_agent.think.writer import Writer

if TYPE_CHECKING:
    from edge_agent.desk.extracting import Extractor


@dataclass(frozen=True, slots=True)
class Chosen:
    """The models of a conversation, checked and complete."""

    profile: Profile
    asr: Model
    llm: Model
    voice: Model
    vad: Model
    endpoint: Model
    speaker: Model | None = None

    def all(self) -> tuple[Model, ...]:
        each = (self.asr, self.llm, self.voice, self.vad, self.endpoint, self.speaker)
        return tuple(model for model in each if model)


def store_of(settings: Settings) -> Store:
    return Store.at(settings.models.dir)


def profile_of(settings: Settings, has: Machine | None = None) -> Profile:
    """The profile of the settings. For `auto` a GPU is looked for, where llama.cpp was built for one."""
    name = settings.models.profile
    return store_of(settings).profile(name, has or machine(settings) if name == "auto" else None)


def choose(settings: Settings) -> Chosen:
    """Resolve every model that the settings name. Raises one ModelError for all that is missing or broken."""
    store = store_of(settings)
    profile = profile_of(settings)
    roles: tuple[ModelRole, ...] = (*ROLES, "speaker") if settings.hear.only_enrolled else ROLES
    names = {role: _named(settings, profile, role) for role in roles}
    found: list[Model] = []
    refused: dict[str, ModelError] = {}
    for role, name in names.items():
        try:
            found.append(store.resolve(name, role, whole=_in_full(settings)))
        except UnknownModel:
            raise
        except ModelError as error:
            refused[name] = error
    if len(refused) == 1:
        raise next(iter(refused.values()))
    if refused:
        reasons = " ".join(str(error.args[0]) for error in refused.values())
        raise ModelError(reasons, fix=store.fix(*refused))
    asr, llm, voice, vad, endpoint, *speaker = found
    return Chosen(profile, asr, llm, voice, vad, endpoint, *speaker)


def choose_one(settings: Settings, role: ModelRole) -> Model:
    """The model of one role, for the commands that need no other."""
    name = _named(settings, profile_of(settings), role)
    return store_of(settings).resolve(name, role, whole=_in_full(settings))


def _in_full(settings: Settings) -> bool:
    """Whether the LLM needs all of its vocabulary."""
    return settings.hear.language not in LANGUAGES


def _named(settings: Settings, profile: Profile, role: ModelRole) -> str:
    own = {"asr": settings.models.asr, "llm": settings.models.llm, "tts": settings.models.voice, "speaker": SPEAKER}
    return own.get(role) or str(getattr(profile, role))


def _wall_clock() -> datetime:
    return datetime.now(local_zone())


def writer(settings: Settings, model: Model, *, now: Callable[[], datetime] = _wall_clock) -> Writer:
    """`now`: the time for the user, aware."""
    own, language = settings.think, settings.hear.language
    limits = Limits(own.max_tokens, own.max_s, own.first_min_words, own.first_max_words)
    return Writer(
        llm(settings, model),
        chat_template(settings, model),
        limits=limits,
        clock=RealClock(),
        language=language,
        as_said=partial(as_said, language=language, now=now),
    )


def extractor(settings: Settings) -> Extractor:
    """The LLM of the settings, behind a desk's grammar and warm. Raises ModelError where it is not there."""
    from edge_agent.desk.extracting import Extractor
    from edge_agent.desk.phrases import phrases_of

    instructions = str(phrases_of("en").values["llm"]["instructions"])
    made = writer(settings, choose_one(settings, "llm"))
    made.warm_up(instructions)
    return Extractor(made.write, instructions)


def chat_template(settings: Settings, model: Model) -> ChatTemplate:
    return template_for(settings.models.llm_family or model.family or "chatml")


def voice(settings: Settings, model: Model) -> Voice:
    """The language of the wording rules is the voice's own (the first half of its espeak name)."""
    engine, own = tts(settings, model), settings.speak
    return Voice(engine, language=engine.language, keep=own.cache_fragments, openers=own.openers)


def hearing(
    settings: Settings, vad_model: Model, endpoint_model: Model, asr_model: Model
) -> tuple[VadEngine, EndpointEngine, AsrEngine]:
    """The engines of the ears, warmed up."""
    engines = vad(settings, vad_model), endpoint(settings, endpoint_model), asr(settings, asr_model)
    for engine in engines:
        _twice(engine.warm_up)
    return engines


def engines(settings: Settings, chosen: Chosen) -> Engines:
    """Load and warm up everything: when this returns, one real inference has run in each engine."""
    limit_heaps()
    wake(settings)  # what is wrong with it is said before anything is loaded
    check_enrolled(settings)
    settings = together(settings, chosen.llm, chosen.asr, chosen.voice)
    with ThreadPoolExecutor(3) as pool:
        loading_writer = pool.submit(_warm_writer, settings, chosen)
        loading_voice = pool.submit(warm_voice, settings, chosen.voice)
        vad, endpoint, asr = hearing(settings, chosen.vad, chosen.endpoint, chosen.asr)
        encoder = speaker(settings, chosen.speaker) if chosen.speaker else None
        voice, own = loading_voice.result(), settings.speak
        apology = Apology(
            voice.rate_hz, words=own.apology, volume=own.volume, language=voice.language, say=voice.render
        )
        loaded = Engines(
            ears=by_name(settings, partial(ears, settings, vad, speaker=encoder)),
            endpoint=endpoint,
            asr=lambda language: asr if language is None else asr.of_language(language),
            writer=loading_writer.result(),
            voice=voice,
            language=voice.language,
            another_voice=partial(_another_voice, settings, chosen.voice.name, voice),
            apology=apology,
            chimes=chimes(settings, voice.rate_hz),
        )
    give_back()
    return loaded


def host(settings: Settings, chosen: Chosen, watch: Watch | None = None) -> Host:
    """The host of this process, which is to be started."""
    return Host(engines(settings, chosen), RealClock(), watch)


def inline_host(settings: Settings, chosen: Chosen) -> InlineHost:
    """A host for a virtual clock."""
    return InlineHost(engines(settings, chosen), ManualClock())


def installed_voices(settings: Settings) -> tuple[str, ...]:
    """The names of the voices that are there, that of the settings first."""
    store, own = store_of(settings), choose_one(settings, "tts").name
    others = (each.name for each in store.manifest.models if each.role == "tts" and store.state(each) == "installed")
    return tuple(dict.fromkeys([own, *others]))


def briefs(settings: Settings) -> Briefs:
    """What the LLM is told in a conversation of the device."""
    return Briefs(settings.think.persona)


def check_devices(settings: Settings) -> None:
    """Raises DeviceError for a microphone or speaker that is named wrongly. One that is not there yet is none."""
    from edge_agent.lines.known import KnownNames
    from edge_agent.lines.soundcard import check

    known = KnownNames(state_dir())
    if not Mute.own().is_on():  # to look is to open it
        check("input", settings.line.microphone, known)
    check("output", settings.line.speaker, known)


def line(
    settings: Settings,
    rate_hz: int,
    *,
    input: Path | None,
    output: Path | None,
    fast: bool = False,
    on_status: Callable[[str], object] = lambda status: None,
) -> Line:
    """The sound card, or files with `input`; `rate_hz` is the voice's. `on_status`: what becomes of the devices."""
    if input is None:
        from edge_agent.lines.echo import against_echo
        from edge_agent.lines.soundcard import SoundCard

        own, muted = settings.line, Mute.own().is_on
        card = SoundCard(rate_hz, microphone=own.microphone, speaker=own.speaker, on_status=on_status, muted=muted)
        return against_echo(card, own.echo, microphone=own.microphone, on_status=on_status)
    clock = ManualClock() if fast else RealClock()
    return WavLine(input, output_rate_hz=rate_hz, clock=clock, output=output, paced=not fast)


def conversation(
    line: Line,
    host: Host | InlineHost,
    settings: Settings,
    *,
    on_event: Callable[[Event], object],
    linger_s: float = 0.0,
    act: Act | None = None,
    **more: Any,
) -> Conversation | InlineConversation:
    """Threads for a host with threads, the caller's for an inline one. `more`: as of Runner."""
    given: dict[str, Any] = {"on_event": on_event, "linger_s": linger_s, "act": act, **more}
    if isinstance(host, InlineHost):
        return InlineConversation(line, host, briefs(settings), **given)
    return Conversation(line, host, briefs(settings), **given)


def _another_voice(settings: Settings, own: str, voice: Voice, name: str) -> Voice:
    """The voice of this name; that of the settings, if it is that one."""
    if name == own:
        return voice
    return warm_voice(on_cpu(settings, "tts"), store_of(settings).resolve(name, "tts"))  # nobody has left it room


def _warm_writer(settings: Settings, chosen: Chosen) -> Writer:
    warm = writer(settings, chosen.llm)
    _twice(lambda: warm.warm_up(settings.think.persona))
    return warm


def _twice(warm_up: Callable[[], object]) -> None:
    """Runs it, and once more where the engine is lost over it: a GPU that hangs gives it back to the CPU."""
    try:
        warm_up()
    except EngineLost:
        warm_up()


def warm_voice(settings: Settings, model: Model) -> Voice:
    warm = voice(settings, model)
    _twice(lambda: warm.render("1."))  # imports the wording rules; the engine warms up before its first sound
    return warm
