"""Each engine on its own: what its wrapper promises, with the real model."""

import itertools
import json
import time

import numpy as np
import pytest

from edge_agent import build
from edge_agent.config import load
from edge_agent.errors import EngineError, ModelError
from edge_agent.hear.endpoint import SmartTurn
from edge_agent.hear.vad import SileroVad
from edge_agent.lines.audio_file import read_audio
from edge_agent.onnx import open_session
from edge_agent.speak.piper import Piper
from edge_agent.think.llm import PREFILL_SLICE, LlamaCpp
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ

pytestmark = pytest.mark.model

SETTINGS = load({"models": {"profile": "tiny"}, "engines": {"isolation": "thread"}})


@pytest.fixture(scope="module")
def chosen():
    return build.choose(SETTINGS)


@pytest.fixture(scope="module")
def llm(chosen):
    return build.llm(SETTINGS, chosen.llm)


def always():
    return True


def test_vad_knows_speech_from_silence_and_noise(chosen, speech):
    vad = SileroVad(chosen.vad.main)
    share = {}
    for name in ("googlespeech_brooklyn_bridge.flac", "white_-50dBFS_10s.flac", "blanket_wind.flac"):
        vad.reset()
        samples, _ = read_audio(speech / name)
        frames = range(0, len(samples) - HEAR_FRAME + 1, HEAR_FRAME)
        share[name] = np.mean([vad.probability(samples[i : i + HEAR_FRAME]) > 0.5 for i in frames])
    assert share["googlespeech_brooklyn_bridge.flac"] > 0.7
    assert share["white_-50dBFS_10s.flac"] == 0
    assert share["blanket_wind.flac"] < 0.02


@pytest.mark.slow
def test_endpoint_scores_whole_turns_above_cut_ones(chosen, speech):
    """Every clip of speech with a transcript, as it is and cut at five places."""
    endpoint = SmartTurn(chosen.endpoint.main)
    whole, cut = [], []
    for row in map(json.loads, (speech / "manifest.jsonl").read_text().splitlines()):
        if row["transcript"] is None or row["set"] == "en-single-words":
            continue
        samples, _ = read_audio(speech / row["file"])
        start, end = (round(row[key] * HEAR_RATE_HZ) for key in ("speech_start_s", "speech_end_s"))
        whole.append(endpoint.score(samples[:end]))
        cut += [endpoint.score(samples[: start + (end - start) * k // 6]) for k in range(1, 6)]
    assert np.mean(whole) > 0.7
    assert np.mean(cut) < np.mean(whole) - 0.15


@pytest.mark.slow
def test_a_repeated_prompt_costs_only_its_new_tokens(llm):
    prompt = llm.tokenize("<|im_start|>user\n" + "Count the trees in the forest. " * 30, special=True)
    assert llm.prefill(prompt, always)
    before = time.process_time()
    assert llm.prefill([*prompt, *llm.tokenize(" Then rest.")], always)
    again = time.process_time() - before
    other = llm.tokenize("<|im_start|>system\n" + "Count the stones in the river. " * 30, special=True)
    before = time.process_time()
    llm.prefill(other[: len(prompt)], always)
    assert again < 0.3 * (time.process_time() - before)


@pytest.mark.slow
def test_forgetting_old_turns_costs_no_evaluation_and_the_answer_is_as_good(llm):
    start, past, last = (
        llm.tokenize(text, special=True)
        for text in (
            "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n",
            "<|im_start|>user\nWhy is it blue?<|im_end|>\n<|im_start|>assistant\nAir scatters it.<|im_end|>\n" * 20,
            "<|im_start|>user\nMy name is Ada.<|im_end|>\n<|im_start|>assistant\nHello Ada.<|im_end|>\n"
            "<|im_start|>user\nWhat is my name?<|im_end|>\n<|im_start|>assistant\n",
        )
    )
    llm.prefill([*start, *past, *last], always)
    llm.forget([*start, *past, *last], len(start), len(past))
    asked = []
    answer = list(llm.generate([*start, *last], lambda: asked.append(1) or True))
    assert len(asked) <= len(answer) + 1, "slices were evaluated"
    assert "Ada" in b"".join(map(llm.to_bytes, answer)).decode()


def test_a_prompt_is_given_up_between_slices(llm):
    asked = []

    def wanted():
        asked.append(1)
        return len(asked) < 3

    prompt = llm.tokenize("a b c d e f g h i j " * 40)
    assert not llm.prefill(prompt, wanted)
    assert len(asked) == 3
    assert llm.cached(prompt) == 2 * PREFILL_SLICE


def test_an_answer_stops_within_one_token_and_the_next_is_right(llm):
    prompt = llm.tokenize("<|im_start|>user\nWhat is 2 plus 2?<|im_end|>\n<|im_start|>assistant\n", special=True)
    left = iter([True] * 8 + [False] * 999)
    cut = list(llm.generate(prompt, lambda: next(left)))
    whole = list(llm.generate(prompt, always))
    assert len(cut) < 8
    assert whole[: len(cut)] == cut


@pytest.mark.parametrize(
    ("begins", "how", "each"),
    [
        ("llama_sampler_chain_init", {"temperature": 0.8}, 1),
        ("llama_sampler_init_grammar", {"grammar": 'root ::= "a"+'}, 2),  # one to see that it is a grammar
    ],
)
def test_what_an_answer_was_chosen_with_goes_with_it(llm, begins, how, each, monkeypatch):
    """And not when Python looks for cycles: half a megabyte each."""
    import llama_cpp

    made, freed = [], []
    begin, free = getattr(llama_cpp, begins), llama_cpp.llama_sampler_free
    monkeypatch.setattr(llama_cpp, begins, lambda *args: made.append(begin(*args)) or made[-1])
    monkeypatch.setattr(llama_cpp, "llama_sampler_free", lambda one: freed.append(one) or free(one))
    prompt = llm.tokenize("Hello")
    for n in range(1, 4):
        answer = llm.generate(prompt, always, **how)
        assert len(list(itertools.islice(answer, 3))) == 3
        answer.close()
        assert len(made) == n * each
        assert freed == made


def test_an_answer_begins_with_another_token_than_those_forbidden_each_time_it_is_asked_for(llm, everything):
    def answer(**more):
        return list(itertools.islice(llm.generate(prompt, always, **more), None if everything else 20))

    prompt = llm.tokenize("<|im_start|>user\nWhat is 2 plus 2?<|im_end|>\n<|im_start|>assistant\n", special=True)
    free = answer()
    other = answer(not_first=free[:1])
    assert other[0] != free[0]
    assert answer(not_first=free[:1]) == other
    assert answer() == free


def test_a_prompt_that_does_not_fit_is_an_engine_error(llm):
    with pytest.raises(EngineError, match="context"):
        next(llm.generate([1] * llm.context, always))


def test_files_that_are_no_models_are_refused_by_name(tmp_path):
    junk = tmp_path / "junk.bin"
    junk.write_bytes(b"not a model" * 100)
    with pytest.raises(ModelError, match=r"junk\.bin"):
        LlamaCpp(junk, context=512, threads=1, temperature=0, repeat_penalty=1)
    with pytest.raises(ModelError, match=r"junk\.bin"):
        open_session(junk)
    with pytest.raises(ModelError, match=r"junk\.bin"):
        Piper(junk, junk)


def test_the_voice_says_what_the_ears_understand(chosen):
    """TTS into ASR: the words come back, trimmed of the silence in front."""
    from edge_agent.resample import resample

    voice = build.voice(SETTINGS, chosen.voice)
    sound = voice.render("It is half past 3 in the afternoon.")
    assert np.abs(sound[: round(0.03 * voice.rate_hz)]).max() > 10 ** (-45 / 20), "silence in front costs latency"
    whisper = build.asr(SETTINGS, chosen.asr)
    heard = whisper.transcribe(resample(sound, voice.rate_hz, HEAR_RATE_HZ)).text.lower()
    assert "half past" in heard
    assert "afternoon" in heard


@pytest.mark.slow
def test_a_faster_pace_is_shorter(chosen):
    text = "This sentence is here to be measured."
    slow = build.tts(load({"speak": {"pace": 0.8}, "engines": {"isolation": "thread"}}), chosen.voice).synthesize(text)
    fast = build.tts(load({"speak": {"pace": 1.4}, "engines": {"isolation": "thread"}}), chosen.voice).synthesize(text)
    assert len(fast) < 0.75 * len(slow)
