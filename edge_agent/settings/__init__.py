"""Settings: what can be set, its default and the reason for it. Frozen, grouped by room, checked at birth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from edge_agent.settings.group import Accelerator, Group, Names
from edge_agent.settings.hear import HearSettings as HearSettings
from edge_agent.settings.phone import PhoneSettings
from edge_agent.settings.tools import HomeAssistantSettings, McpSettings, ToolSettings
from edge_agent.settings.wake import ChimeSound
from edge_agent.words import FALLBACK, languages, words_of


class ModelSettings(Group):
    profile: Literal["auto", "tiny", "small", "desktop", "gpu-4gb", "gpu-8gb"] = "auto"
    """The set of models to use; `auto` chooses by cores and free memory, of what is installed if any, and says why."""
    dir: Path | None = None
    """The folder of the model files, instead of `models/` of a checkout or the XDG data directory."""
    asr: str | None = None
    """Name in the manifest, or path of a CTranslate2 Whisper folder, instead of the profile's."""
    llm: str | None = None
    """Name, or path of a GGUF file."""
    voice: str | None = None
    """Name, or path of a voice (.onnx; a Piper voice has .onnx.json beside it)."""
    llm_family: str | None = None
    """Chat template of an own GGUF: chatml, qwen3, llama3, gemma or mistral."""


class LineSettings(Group):
    microphone: str | None = None
    """Part of the device's name (`edge-agent devices list`); the system's default if not set."""
    speaker: str | None = None
    """Part of the device's name."""
    echo: Literal["auto", "on", "off"] = "auto"
    """Whether our own voice is taken out of what the microphone hears; `auto`: unless the sound server does that."""


EAGERNESS: dict[str, dict[str, float]] = {
    "low": {"hold_short_s": 0.5, "hold_long_s": 1.6, "hold_max_s": 1.6, "sure": 0.65, "doubt": 0.2},
    "medium": {"hold_short_s": 0.2, "hold_long_s": 1.2, "hold_max_s": 1.2, "sure": 0.65, "doubt": 0.2},
    "high": {"hold_short_s": 0.2, "hold_long_s": 0.8, "hold_max_s": 0.8, "sure": 0.55, "doubt": 0.2},
}
"""Operating points, chosen by the bench `endpoint` on the tuned half alone: 169 turns, without those read from books.
Turns cut off, mean and median dead air from the annotated end of speech (the VAD finds it 0.07 s late): low 3.6 %, 0.74
and 0.60 s; medium 5.3 %, 0.43 and 0.32 s; high 6.5 %, 0.35 and 0.29 s; stock Smart Turn 5.9 %, 0.69 and 0.29 s.
With a hold of 0.16 s medium cuts off 7.7 %, with 0.1 s 10.7 %: silences inside words. See docs/decisions/0004."""


class TurnSettings(Group):
    """These settings decide when the user has finished. Values from the speech of docs/benchmarks.md, section
    "Endpointing"."""

    eagerness: Literal["low", "medium", "high"] = "medium"
    """How soon it answers: sets those of the holds, of `sure` and of `doubt` that are not set themselves."""
    soft_end_s: float = Field(default=0.06, ge=0.03, le=1)
    """Silence (two frames) after which ASR starts and the end-of-turn model is asked: most dips in words are shorter,
    and what is begun in vain is dropped unheard."""
    rescore_s: float = Field(default=0.29, ge=0.03, le=1)
    """How often it is asked again while not sure. Every 0.1 s would end turns 10 ms sooner on the mean, with as many
    cut-offs, and costs the answer: asked every 64 ms beside it, the LLM's prefill took 350 ms instead of 150."""
    hold_short_s: float = Field(default=0.2, ge=0.05, le=5)
    """Silence that ends a turn that is probably finished."""
    hold_long_s: float = Field(default=1.2, ge=0.05, le=10)
    """Silence that ends a turn that probably is not."""
    hold_max_s: float = Field(default=1.2, ge=0.05, le=10)
    """Ceiling of the hold, whatever its probability."""
    sure: float = Field(default=0.65, gt=0, le=1)
    """Probability of being finished (of sound, words and pauses together) from which `hold_short_s` applies ..."""
    doubt: float = Field(default=0.2, ge=0, lt=1)
    """... and the one below which `hold_long_s` does; a straight line between."""
    max_drafts: int = Field(default=3, ge=0, le=10)
    """Answers prepared in vain at most, per turn; 0 = none is prepared early."""

    @model_validator(mode="before")
    @classmethod
    def _by_eagerness(cls, values: Any) -> Any:
        """What is given wins over what its eagerness implies."""
        chosen = values.get("eagerness", "medium") if isinstance(values, dict) else None
        return {**EAGERNESS.get(chosen, {}), **values} if isinstance(chosen, str) else values

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.doubt >= self.sure:
            raise ValueError("doubt must be below sure")
        if self.hold_short_s > self.hold_long_s:
            raise ValueError("hold_short_s must not be longer than hold_long_s")
        return self


class ActSettings(Group):
    """What code does by itself: timers, lists, the calendar. See docs/skills.md."""

    country: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")
    """ISO 3166 code of the country whose holidays have names here, such as "US"; those that are known everywhere if not
    set."""
    calendar: Path | None = None
    """The folder of the owner's .ics files; if not set, one in the state directory."""
    agent: Path | None = None
    """The folder of an agent that answers at the microphone in place of the assistant: see docs/agents.md."""


class ThinkSettings(Group):
    persona: str = words_of(FALLBACK).persona
    """The system prompt; if not set, the one in `hear.language`."""
    context: int = Field(default=2048, ge=512, le=131072)
    """Tokens of memory: persona, conversation and answer. Where several conversations take turns, as much again keeps
    those that wait."""
    threads: int = Field(default=0, ge=0, le=1024)
    """Threads of the LLM; 0 = all cores of the process, and one where all of it lies on a GPU."""
    device: Accelerator | None = None
    """Where the LLM runs; if not set, as `engines.device` says. See docs/gpu.md."""
    gpu_layers: Literal["auto"] | Annotated[int, Field(ge=0, le=1000)] = "auto"
    """Layers of the LLM that lie on a GPU, the head counted as one; auto = as many as fit."""
    card: str | None = Field(default=None, min_length=1, max_length=64)
    """The GPU by llama.cpp's name, such as "CUDA1"; if not set, the one with the most room."""
    temperature: float = Field(default=0.0, ge=0, le=2)
    """0 = the most likely words, always the same."""
    repeat_penalty: float = Field(default=1.1, ge=1, le=2)
    """Values above 1 make repetition less likely."""
    max_tokens: int = Field(default=160, ge=8, le=4096)
    """Longest answer: 160 tokens are about 45 s of speech."""
    max_s: float = Field(default=30, ge=1, le=600)
    """Longest time to write an answer."""
    first_min_words: int = Field(default=1, ge=1, le=20)
    """Words after which a comma may end the first fragment ("Yes,"), which is spoken while the rest is written ..."""
    first_max_words: int = Field(default=4, ge=1, le=50)
    """... and words after which it ends without one. Each costs a token of latency, some 25 ms on two cores."""


def _parted(openers: Any) -> Any:
    """A flag and the environment give "A,|B" for what is a list in a file: beginnings have commas."""
    return [opener for opener in openers.split("|") if opener] if isinstance(openers, str) else openers


Openers = Annotated[tuple[str, ...], BeforeValidator(_parted)]


class SpeakSettings(Group):
    pace: float = Field(default=1.0, gt=0.3, lt=3)
    """1.2 speaks faster, 0.8 slower."""
    volume: float = Field(default=0.8, gt=0, le=1)
    """Share of full scale that the voice reaches."""
    threads: int = Field(default=0, ge=0, le=1024)
    """Threads of TTS; 0 = as many as help, at most all cores of the process."""
    device: Accelerator | None = None
    """Where the voice runs, cpu or cuda; if not set, as `engines.device` says. It is the last engine to get room on a
    GPU."""
    first_s: float = Field(default=0.18, ge=0, le=10)
    """Sound that is made first and heard while the rest of a sentence is made. Longer: later answers. Too short for the
    machine: the first word stutters. 0 = all of a sentence is made before it is heard."""
    apology: bool = True
    """Whether "Sorry, something went wrong. Please say that again." is heard when a turn fails, in the language of the
    voice; else two low notes, as after three failed turns in a row. Never nothing."""
    chime: ChimeSound = True
    """The sound when it is called by name: true, false or a sound file."""
    chime_asleep: ChimeSound = True
    """The sound when it has to be called again: true, false or a sound file."""
    cache_fragments: int = Field(default=64, ge=0, le=4096)
    """How many short beginnings of answers ("Sure,") are kept as sound, at most 0.2 MB each; 0 = none."""
    openers: Openers = words_of(FALLBACK).openers
    """Beginnings that are made into sound ahead, while nobody speaks; "A,|B" in the environment and with --set. If
    not set, frequent ones in `hear.language`."""


class EngineSettings(Group):
    """How ASR, LLM and TTS are run."""

    isolation: Literal["process", "thread"] = "process"
    """Each in a process of its own, which is replaced when it crashes, hangs or grows; or all in the agent's, which
    goes down with them."""
    sandbox: bool = True
    """Whether a process of an engine is locked in: it reads its model and its own libraries and writes nothing, and has
    no network and no other process (Landlock and seccomp of Linux). See docs/threats.md."""
    device: Accelerator = "auto"
    """Where the engines run: auto = on a GPU that llama.cpp was built for, as far as there is room: the LLM first, then
    ASR, then the voice; the rest on the CPU. See docs/gpu.md."""
    gpu_memory_mb: int | None = Field(default=None, ge=1, le=1_000_000)
    """Memory of a GPU that may be used, in MB; if not set, what is free there."""
    deadline_s: float = Field(default=20, ge=1, le=60)
    """Longest time for one step: a pass of the ASR, 32 tokens of a prompt, a token, a piece of sound (long ones get
    more). Beyond, the process is replaced."""
    growth_mb: int = Field(default=512, ge=16, le=65536)
    """Memory that a process may take beyond what it had when it was ready, before it is replaced."""


class ServeSettings(Group):
    """`edge-agent serve`. See docs/server.md."""

    host: str = "127.0.0.1"
    """The address to listen on. One that others on the network reach needs `token`, `tls_cert` and `tls_key`."""
    port: int = Field(default=8765, ge=0, le=65535)
    """0 = any that is free; it is printed."""
    max_sessions: int = Field(default=1, ge=1, le=1000)
    """Realtime sessions at the same time; further ones are told so and closed. They share the engines: while one is
    answered, the others wait for their answers."""
    token: str | None = Field(default=None, min_length=1)
    """The key that clients must have; if not set, any key or none. Better in the environment than on the command line,
    which other users of the machine can read."""
    allowed_origins: Names = ()
    """Web pages whose scripts may use the server, such as "http://localhost:3000"."""
    allowed_hosts: Names = ()
    """Names under which clients may reach it, besides localhost and its address."""
    tls_cert: Path | None = None
    """PEM file of the certificate; some clients speak to nothing but https and wss."""
    tls_key: Path | None = None
    """PEM file of its key."""
    lan: bool = False
    """The page for other devices of the house, over https with a certificate of this device's own. See docs/page.md."""
    agent: Path | None = None
    """The folder of an agent that answers on the page in place of the assistant: see docs/agents.md."""
    dialect: Literal["ga", "beta"] = "ga"
    """The dialect of clients that do not say which one they speak."""
    strict: bool = False
    """Refuse what the hosted service refuses, even where it is clear what is meant."""

    @model_validator(mode="after")
    def _certificate_and_key(self) -> Self:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("tls_cert and tls_key go together")
        return self


class Doors(Group):
    """Ways in, besides those that a command opens by itself. See docs/doors.md."""

    open: Names = ()
    """What `edge-agent serve` opens, too: "microphone", "phone", or FILE.py:CLASS for a door of your own."""


class HistorySettings(Group):
    """`edge-agent history`, which alone turns it on."""

    days: int = Field(default=30, ge=1, le=3650)
    """How long what was said is kept, once the history is on. Older days are deleted at the start and once a day."""


SECRETS = ("serve.token", "phone.password", "phone.caller_password", "phone.webhook_secret", "home_assistant.token")
"""Settings that are never shown. systemd may hand each over, as a credential of that name."""


class Settings(Group):
    models: ModelSettings = ModelSettings()
    line: LineSettings = LineSettings()
    hear: HearSettings = HearSettings()
    turns: TurnSettings = TurnSettings()
    act: ActSettings = ActSettings()
    think: ThinkSettings = ThinkSettings()
    speak: SpeakSettings = SpeakSettings()
    engines: EngineSettings = EngineSettings()
    serve: ServeSettings = ServeSettings()
    doors: Doors = Doors()
    phone: PhoneSettings = PhoneSettings()
    history: HistorySettings = HistorySettings()
    tools: ToolSettings = ToolSettings()
    mcp: McpSettings = McpSettings()
    home_assistant: HomeAssistantSettings = HomeAssistantSettings()

    def without_secrets(self) -> Self:
        """The same without keys, tokens, and the headers and environments that often hold some."""
        bare: dict[str, dict[str, str]] = {"headers": {}, "env": {}}
        servers = {name: server.model_copy(update=bare) for name, server in self.mcp.servers.items()}
        groups: dict[str, Group] = {"mcp": McpSettings(servers=servers)}
        for name in SECRETS:
            group, _, key = name.partition(".")
            groups[group] = groups.get(group, getattr(self, group)).model_copy(update={key: None})
        return self.model_copy(update=groups)

    @model_validator(mode="before")
    @classmethod
    def _in_its_language(cls, values: Any) -> Any:
        """What is not given of the words that are told and said is as `hear.language` has it."""
        hear = values.get("hear")
        language = hear.get("language") if isinstance(hear, dict) else None
        if language not in languages():
            return values
        own = words_of(language)
        implied = {"think": {"persona": own.persona}, "speak": {"openers": own.openers}}
        return values | {group: entries | values.get(group, {}) for group, entries in implied.items()}
