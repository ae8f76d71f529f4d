"""The composition root: settings -> engines, here or in workers -> rooms -> an agent on its line."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edge_agent import engines as engines_of
from edge_agent.clock import ManualClock, RealClock
from edge_agent.errors import ModelError
from edge_agent.heap import give_back, limit_heaps
from edge_agent.hear.ears import Ears, Thresholds
from edge_agent.hear.endpoint import HoldPolicy
from edge_agent.hear.framing import Framer
from edge_agent.interfaces import AsrEngine, CallingLlm, EndpointEngine, TtsEngine, VadEngine
from edge_agent.line import Line
from edge_agent.lines.mute import Mute
from edge_agent.lines.wav import WavLine
from edge_agent.run.inline import InlineConversation
from edge_agent.run.stage import OnMark, Rooms
from edge_agent.run.threads import Conversation
from edge_agent.settings import Settings, Turns
from edge_agent.speak.apology import Apology
from edge_agent.speak.voice import Voice
from edge_agent.state import state_dir
from edge_agent.store import Model, Profile, Store
from edge_agent.store.manifest import ROLES, Role, UnknownModel
from edge_agent.think.mind import Mind
from edge_agent.think.pieces import Limits
from edge_agent.think.template import ChatTemplate, template_for
from edge_agent.think.writer import Writer
from edge_agent.types import Event
from edge_agent.workers.remote import RemoteAsr, RemoteLlm, RemoteTts
from edge_agent.workers.supervisor import Bounds
from edge_agent.workers.worker import Worker


@dataclass(frozen=True, slots=True)
class Chosen:
    """The models of a conversation, checked and complete."""

    profile: Profile
    asr: Model
    llm: Model
    voice: Model
    vad: Model
    endpoint: Model

    def all(self) -> tuple[Model, ...]:
        return (self.asr, self.llm, self.voice, self.vad, self.endpoint)


def store_of(settings: Settings) -> Store:
    return Store.at(settings.models.dir)


def choose(settings: Settings) -> Chosen:
    """Resolve every model that the settings name. Raises one ModelError for all that is missing or broken."""
    store = store_of(settings)
    profile = store.profile(settings.models.profile)
    names = {role: _named(settings, profile, role) for role in ROLES}
    found: list[Model] = []
    refused: dict[str, ModelError] = {}
    for role, name in names.items():
        try:
            found.append(store.resolve(name, role))
        except UnknownModel:
            raise
        except ModelError as error:
            refused[name] = error
    if len(refused) == 1:
        raise next(iter(refused.values()))
    if refused:
        reasons = " ".join(str(error.args[0]) for error in refused.values())
        raise ModelError(reasons, fix=f"edge-agent models pull {' '.join(refused)}")
    asr, llm, voice, vad, endpoint = found
    return Chosen(profile, asr=asr, llm=llm, voice=voice, vad=vad, endpoint=endpoint)


def choose_one(settings: Settings, role: Role) -> Model:
    """The model of one role, for the commands that need no other."""
    store = store_of(settings)
    return store.resolve(_named(settings, store.profile(settings.models.profile), role), role)


def _named(settings: Settings, profile: Profile, role: Role) -> str:
    own = {"asr": settings.models.asr, "llm": settings.models.llm, "tts": settings.models.voice}
    return own.get(role) or str(getattr(profile, role))


def vad(settings: Settings, model: Model) -> VadEngine:
    return engines_of.vad(settings, model.engine, model.main)


def endpoint(settings: Settings, model: Model) -> EndpointEngine:
    return engines_of.endpoint(settings, model.engine, model.main)


def asr(settings: Settings, model: Model) -> AsrEngine:
    if _apart(settings):
        return RemoteAsr(_worker("asr", settings, model))
    return engines_of.asr(settings, model.engine, model.main)


def llm(settings: Settings, model: Model) -> CallingLlm:
    if _apart(settings):
        return RemoteLlm(_worker("llm", settings, model))
    return engines_of.llm(settings, model.engine, model.main)


def tts(settings: Settings, model: Model) -> TtsEngine:
    if _apart(settings):
        return RemoteTts(_worker("tts", settings, model))
    return engines_of.tts(settings, model.engine, model.main)


def _apart(settings: Settings) -> bool:
    return settings.engines.isolation == "process"


def _worker(kind: Role, settings: Settings, model: Model) -> Worker:
    """A worker that is ready. Raises what loading the model raised."""
    told = {
        "settings": settings.model_dump(mode="json", exclude={"serve"}),
        "engine": model.engine,
        "path": str(model.main.absolute()),
    }
    own = settings.engines

    def check() -> Model:
        return store_of(settings).resolve(model.name, kind)

    worker = Worker(kind, told, Bounds(own.deadline_s, own.growth_mb), check=check)
    try:
        worker.facts()
    except BaseException:
        worker.close()
        raise
    return worker


def mind(settings: Settings, model: Model, today: Callable[[], datetime] = datetime.now) -> Mind:
    return Mind(
        llm(settings, model),
        chat_template(settings, model),
        persona=settings.think.persona,
        limits=limits(settings),
        clock=RealClock(),
        today=today,
        language=settings.hear.language,
    )


def writer(settings: Settings, model: Model) -> Writer:
    return Writer(
        llm(settings, model),
        chat_template(settings, model),
        limits=limits(settings),
        clock=RealClock(),
        language=settings.hear.language,
    )


def chat_template(settings: Settings, model: Model) -> ChatTemplate:
    return template_for(settings.models.llm_family or model.family or "chatml")


def limits(settings: Settings) -> Limits:
    """The limits of an answer."""
    return Limits(
        max_tokens=settings.think.max_tokens,
        max_s=settings.think.max_s,
        first_min_words=settings.think.first_min_words,
        first_max_words=settings.think.first_max_words,
    )


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
        engine.warm_up()
    return engines


def hold(turns: Turns) -> HoldPolicy:
    return HoldPolicy(
        short_s=turns.hold_short_s,
        long_s=turns.hold_long_s,
        max_s=turns.hold_max_s,
        sure=turns.sure,
        doubt=turns.doubt,
    )


def thresholds(settings: Settings) -> Thresholds:
    hear, turns = settings.hear, settings.turns
    return Thresholds(
        speech=hear.vad_speech,
        silence=hear.vad_silence,
        onset_s=hear.onset_s,
        barge_in_s=hear.barge_in_s,
        pause_after_s=hear.pause_after_s,
        resume_after_s=hear.resume_after_s,
        preroll_s=hear.preroll_s,
        soft_end_s=turns.soft_end_s,
        rescore_s=turns.rescore_s,
        max_drafts=turns.max_drafts,
        max_utterance_s=hear.max_utterance_s,
        partial_s=hear.partial_s,
    )


def ears(settings: Settings, chosen: Chosen) -> Ears:
    engines = hearing(settings, chosen.vad, chosen.endpoint, chosen.asr)
    return Ears(*engines, thresholds(settings), hold(settings.turns))


def rooms(settings: Settings, chosen: Chosen) -> Rooms:
    """Load and warm up everything: when this returns, one real inference has run in each engine."""
    limit_heaps()
    with ThreadPoolExecutor(3) as pool:
        loading_mind = pool.submit(_warm_mind, settings, chosen)
        loading_voice = pool.submit(warm_voice, settings, chosen)
        listener = ears(settings, chosen)
        speaker = loading_voice.result()
        own = settings.speak
        apology = Apology(
            speaker.rate_hz, words=own.apology, volume=own.volume, language=speaker.language, say=speaker.render
        )
        loaded = Rooms(Framer(), listener, loading_mind.result(), speaker, apology)
    give_back()
    return loaded


def check_devices(settings: Settings) -> None:
    """Raises DeviceError for a microphone or speaker that is named wrongly. One that is not there yet is none."""
    from edge_agent.lines.known import KnownNames
    from edge_agent.lines.soundcard import check

    known = KnownNames(state_dir())
    if not Mute(state_dir()).is_on():  # to look is to open it
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
        from edge_agent.lines.soundcard import SoundCard

        return SoundCard(
            output_rate_hz=rate_hz,
            microphone=settings.line.microphone,
            speaker=settings.line.speaker,
            on_status=on_status,
            muted=Mute(state_dir()).is_on,
        )
    clock = ManualClock() if fast else RealClock()
    return WavLine(input, output_rate_hz=rate_hz, clock=clock, output=output, paced=not fast)


def conversation(
    line: Line,
    rooms: Rooms,
    *,
    on_event: Callable[[Event], object],
    on_mark: OnMark,
    linger_s: float,
    fast: bool = False,
) -> Conversation | InlineConversation:
    """Threads for whatever has real time, one thread for a virtual clock."""
    runner = InlineConversation if fast else Conversation
    return runner(line, rooms, on_event=on_event, on_mark=on_mark, linger_s=linger_s)


def _warm_mind(settings: Settings, chosen: Chosen) -> Mind:
    warm = mind(settings, chosen.llm)
    warm.warm_up()
    return warm


def warm_voice(settings: Settings, chosen: Chosen) -> Voice:
    warm = voice(settings, chosen.voice)
    warm.render("1.")  # imports the wording rules; the engine warms up before its first sound
    return warm
