"""Doctor's look at models and engines: files as pinned, then one real inference each, with its speed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from edge_agent import build
from edge_agent.build_cards import WORDS, Placed, placed
from edge_agent.doctor.finding import Doubt
from edge_agent.doctor.languages import mismatch, voice_language
from edge_agent.errors import EngineError
from edge_agent.settings import Settings
from edge_agent.store import Model
from edge_agent.store.manifest import CHECKOUT, ModelRole, in_checkout
from edge_agent.think.cards import builds, stand_in
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, Samples
from edge_agent.words import words_of

CLIP = Path("examples") / "question.wav"
CLIP_WORD = "brooklyn"
PROMPT = "The names of the seven days of the week are"
TOKENS = 8
SPEECH_TOKENS_PER_S = 4.0
"""Speech is about 3.5 tokens a second (160 tokens are about 45 s): a slower LLM falls behind the voice."""
CPU_FEATURES = {"avx2": "AVX2", "fma": "FMA", "f16c": "F16C", "asimddp": "DOTPROD", "i8mm": "MATMUL_INT8"}
"""Flag in /proc/cpuinfo -> name in llama.cpp's build line, of those that make a product much faster."""

NVIDIA = (Path("/dev/nvidiactl"), Path("/dev/nvhost-gpu"))
"""What the driver of a card makes, and that of a Jetson."""


def files(settings: Settings, role: ModelRole) -> str:
    """Whether the files are what the manifest pins (hashed again only if they have changed)."""
    found = build.choose_one(settings, role)
    size = sum(file.stat().st_size for file in found.files.values())
    verified = "sha256 verified" if found.sha256 else "one of your own, not verified"
    written = f", as {found.format} (tuned)" if found.format else ""
    return f"{found.name}{written}, {size / 1e6:.0f} MB, {verified}"


def language(settings: Settings) -> str:
    """Whether the voice speaks what is heard. Raises Doubt."""
    voice = build.choose_one(settings, "tts")
    apart = mismatch(settings, voice.main)
    if apart:
        raise Doubt(apart)
    return f"hears {settings.hear.language}, speaks {voice_language(voice.main)}"


def clip() -> tuple[Samples, bool]:
    """A spoken question at 16 kHz and True; without a checkout a second of tone and False."""
    if in_checkout() and (CHECKOUT / CLIP).is_file():
        from edge_agent.lines.audio_file import read_audio
        from edge_agent.resample import resample

        samples, rate_hz = read_audio(CHECKOUT / CLIP)
        return resample(samples, rate_hz, HEAR_RATE_HZ), True
    t = np.arange(HEAR_RATE_HZ) / HEAR_RATE_HZ
    return (0.1 * np.sin(2 * np.pi * 220 * t)).astype(np.float32), False


def run_asr(settings: Settings) -> str:
    asr = build.asr(settings, build.choose_one(settings, "asr"))
    asr.warm_up()
    samples, spoken = clip()
    started = time.perf_counter()
    transcript = asr.transcribe(samples)
    rtf = (time.perf_counter() - started) / (len(samples) / HEAR_RATE_HZ)
    understands = settings.hear.language in ("en", "auto")
    if spoken and understands and CLIP_WORD not in transcript.text.lower():
        raise EngineError(f"{CLIP} was heard as {transcript.text!r}.", fix="edge-agent models verify")
    found = f'heard "{transcript.text}", RTF {rtf:.2f}' if spoken else f"RTF {rtf:.2f} on a tone"
    return _fast_enough(found, rtf <= 1, "ASR is slower than speech")


def run_llm(settings: Settings) -> str:
    llm = build.llm(settings, build.choose_one(settings, "llm"))
    prompt = llm.tokenize(PROMPT)
    next(llm.generate(prompt, lambda: True), None)  # the prompt is evaluated: what follows is pure writing
    started = time.perf_counter()
    tokens = [token for token, _ in zip(llm.generate(prompt, lambda: True), range(TOKENS), strict=False)]
    speed = len(tokens) / (time.perf_counter() - started)
    text = b"".join(map(llm.to_bytes, tokens)).decode(errors="replace")
    found = f"{len(tokens)} tokens at {speed:.1f} tokens/s:{text!r}"
    return _fast_enough(found, speed >= SPEECH_TOKENS_PER_S, "the LLM writes slower than the voice speaks")


def run_tts(settings: Settings) -> str:
    voice = build.voice(settings, build.choose_one(settings, "tts"))
    sentence = words_of(voice.language).warm_up[-1]
    voice.render(sentence)
    started = time.perf_counter()
    sound = voice.render(sentence)
    if not len(sound):
        raise EngineError("The voice made no sound.", fix="edge-agent models verify")
    seconds = len(sound) / voice.rate_hz
    rtf = (time.perf_counter() - started) / seconds
    return _fast_enough(f"{seconds:.1f} s of speech, RTF {rtf:.2f}", rtf <= 1, "TTS is slower than speech")


def run_vad(settings: Settings) -> str:
    vad = build.vad(settings, build.choose_one(settings, "vad"))
    samples, spoken = clip()
    frames = samples[: len(samples) // HEAR_FRAME * HEAR_FRAME].reshape(-1, HEAR_FRAME)
    started = time.perf_counter()
    voiced = [vad.probability(frame) >= settings.hear.vad_speech for frame in frames]
    each_ms = (time.perf_counter() - started) / len(frames) * 1000
    share = sum(voiced) / len(voiced)
    if spoken and not 0 < share < 1:
        raise EngineError(f"{share:.0%} of {CLIP} was taken for speech.", fix="edge-agent models verify")
    return f"{share:.0%} of {'the clip' if spoken else 'a tone'} is speech, {each_ms:.2f} ms a frame of 32 ms"


def run_endpoint(settings: Settings) -> str:
    endpoint = build.endpoint(settings, build.choose_one(settings, "endpoint"))
    endpoint.warm_up()
    samples, spoken = clip()
    started = time.perf_counter()
    score = endpoint.score(samples)
    ms = (time.perf_counter() - started) * 1000
    return f"{'the clip' if spoken else 'a tone'} is finished with probability {score:.2f}, {ms:.0f} ms a score"


def llama_build(cpuinfo: Path = Path("/proc/cpuinfo"), info: str | None = None) -> str:
    """The CPU features that llama.cpp was built for; a doubt where the CPU has one that the build lacks."""
    stand_in()
    import llama_cpp

    info = info or llama_cpp.llama_print_system_info().decode()
    built = [part.split("=")[0].split(":")[-1].strip() for part in info.split("|") if part.strip().endswith("= 1")]
    has = set(cpuinfo.read_text(errors="replace").split()) if cpuinfo.is_file() else set()
    lacks = [name for flag, name in CPU_FEATURES.items() if flag in has and name not in built]
    found = f"{llama_cpp.__version__} with {' '.join(built)}"
    if lacks:
        raise Doubt(
            f"{found}, built without {' '.join(lacks)}, which this CPU has: slower than it could be.",
            fix="pip install --force-reinstall --no-deps --no-binary llama-cpp-python "
            f"llama-cpp-python=={llama_cpp.__version__}",
        )
    return found


def gpu(
    settings: Settings,
    roles: Sequence[ModelRole],
    *,
    place: Callable[[Settings, Sequence[Model]], Placed] = placed,
    nvidia: Sequence[Path] = NVIDIA,
) -> str:
    """What of these runs where, and why. Raises Doubt where a GPU is wanted, or there, and not used."""
    models = [build.choose_one(settings, role) for role in WORDS if role in roles]
    there = place(settings, models)
    on_cpu = " and ".join(WORDS[model.role] for model in models if not there.on_card(model.role))
    found = f"{there.why}{f'; on the CPU: {on_cpu}' if on_cpu else ''}"
    wanted = {group.device or settings.engines.device for group in (settings.think, settings.hear, settings.speak)}
    if on_cpu and (device := next((each for each in ("cuda", "vulkan", "metal") if each in wanted), None)):
        fix = f"scripts/run --gpu {device}" if device in ("cuda", "vulkan") else "see docs/gpu.md"
        raise Doubt(f"The settings want {device}: {found}.", fix=fix)
    if not builds() and "auto" in wanted and any(node.exists() for node in nvidia):
        raise Doubt(f"There is an NVIDIA GPU, but {found}.", fix="scripts/run --gpu cuda")
    return found


def _fast_enough(found: str, fast: bool, otherwise: str) -> str:
    if not fast:
        raise Doubt(f"{found}: {otherwise}.", fix="edge-agent talk --profile tiny")
    return found


RUN: dict[ModelRole, Callable[[Settings], str]] = {
    "asr": run_asr,
    "llm": run_llm,
    "tts": run_tts,
    "vad": run_vad,
    "endpoint": run_endpoint,
}
