"""Whisper: what was said, without paying for 30 s of window when 3 s were spoken."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from edge_agent.errors import EngineError, ModelError
from edge_agent.hear import guards
from edge_agent.hear.asr import checked_language, joined
from edge_agent.hear.cuda import cuda_type
from edge_agent.hear.decoder import Decoder, read_tokens
from edge_agent.hear.decoder_ct2 import Ct2Decoder
from edge_agent.hear.decoder_onnx import OnnxDecoder
from edge_agent.hear.word_times import token_starts, word_times
from edge_agent.interfaces import Transcript, WordTime
from edge_agent.types import HEAR_RATE_HZ, Samples
from edge_agent.waits import stepped

Window = Literal["short", "wide", "full"]

_FILES = ("model.bin", "config.json", "tokenizer.json")
"""The files of a model. faster-whisper would fetch a missing tokenizer.json from the network; here that is an error."""

_WIDE_S = 15.0
"""Window of the second look at what is speech: 150 to 300 ms where the full one takes 500 to 1100 (decision 0002)."""

_BRIEF_S = 3.0
"""Sound up to this length, preroll and all, has a window of itself and its padding, and so long at least: 87 clips
at three shifts had 18.5 % WER (whisper-base) in 188 ms, on 8 s 18.7 % in 256 (medians, busy machine). Longer ones lose
by it: 11.8 instead of 10.8 % from 4 s on. Not with tiny.en: 20.6 instead of 19.9 %, and 12 % second looks, not 8."""
_BRIEF_WIDTH = 512
"""Width of the states from which on brief sound has a window of its own: that of base; tiny has 384."""

_LANGUAGE = re.compile(r"<\|([a-z]{2,3})\|>")
"""The token of a language."""

_BLANK = "\u0120"
"""A blank as the tokenizer writes it."""

_MEL_FRAMES_PER_S = 100
_STATES = 1500
"""Encoder states of the full window: 30 s at 50 a second."""


class Whisper:
    """Greedy, at temperature 0, without timestamps. Not thread-safe: one thread owns it.

    The encoder sees the utterance and a little silence, not 30 s. The rest of its 1500 states are those
    that silence gives at these positions, encoded once (the *cached silent tail*), so that the decoder finds
    the full window that it was trained on and ends where it should: on the bare short window it loops, and
    the WER of short commands goes from 13 % to above 70 %.
    """

    def __init__(
        self,
        folder: Path,
        *,
        threads: int = 2,
        language: str | None = "en",
        compute_type: str = "int8",
        cuda: int | None = None,
        min_window_s: float = 8.0,
        pad_s: float = 1.0,
        least_voiced_s: float = 0.15,
    ) -> None:
        """Load from `folder` only, never from the network.

        `language`: ISO 639-1 code, or None to detect it for each utterance (one decoder step more).
        `cuda`: the number of a card, on which all of it runs; `compute_type` is then as that card likes it.
        `min_window_s`: least window of the encoder, but for brief sound. WER of whisper-base over 115 clips at three
        shifts of 5 ms (one run alone strays by 0.4): 30 s 12.7 %; 5 s 13.7, 8 s 13.5, 10 s 13.2, each with its
        retries. 10 s costs 20 to 30 ms more than 8 s. `pad_s`: least silence after the utterance.
        Raises ModelError where a file is missing or broken, ConfigError for a language that the model lacks.
        """
        for name in _FILES:
            if not (folder / name).is_file():
                raise ModelError(f"The ASR model in {folder} lacks {name}.", fix="edge-agent models pull")
        import ctranslate2
        from faster_whisper.feature_extractor import FeatureExtractor
        from tokenizers import Tokenizer

        at: dict[str, Any] = {"device": "cpu"} if cuda is None else {"device": "cuda", "device_index": cuda}
        try:
            compute_type = compute_type if cuda is None else cuda_type(cuda)
            self._model = ctranslate2.models.Whisper(
                str(folder), **at, compute_type=compute_type, intra_threads=threads, inter_threads=1
            )
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # tokenizers raises bare Exception, CTranslate2 RuntimeError and ValueError
            raise ModelError(
                f"The ASR model in {folder} cannot be loaded: {error}.", fix="edge-agent models pull"
            ) from error
        self._view = ctranslate2.StorageView.from_array
        self._features = FeatureExtractor(feature_size=self._model.n_mels)
        self.folder, self.threads, self.compute_type, self._on_card = folder, threads, compute_type, cuda is not None
        self.language = self._checked(language)
        self._min_window_s, self._pad_s, self._least_voiced_s = min_window_s, pad_s, least_voiced_s

    def warm_up(self) -> None:
        """Prepare tail and decoder and run once, so that the first utterance is as fast as the second. Raises
        ModelError."""
        try:
            self.transcribe(np.zeros(HEAR_RATE_HZ, np.float32), final=False)  # no second look at silence: 0.5 s
        except RuntimeError as error:  # CTranslate2's: a library of CUDA is missing, or the card has no memory left
            raise ModelError(f"The ASR model in {self.folder} cannot be run: {error}.") from error

    def of_language(self, language: str) -> Whisper:
        """The same model, for another language. Raises ConfigError for one that it lacks."""
        other = copy(self)
        other.language = self._checked(language)
        return other

    def transcribe(
        self,
        samples: Samples,
        *,
        voiced_s: float | None = None,
        window: Window = "short",
        draft: Sequence[int] = (),
        final: bool = True,
        context: str = "",
    ) -> Transcript:
        """The text of one utterance: float32 mono at 16 kHz, shape (n,), any length.

        `voiced_s`: seconds that the VAD found voiced, where it is known. Sound beyond 30 s is cut at pauses.
        `draft`: `ids` of what was heard when the utterance was shorter; the time changes, not the text.
        `final`: no more is to come; a doubtful text of a part of an utterance is not worth a second look.
        `context`: words that are taken to have been said before.
        Raises EngineError where the samples are not one channel of finite numbers.
        """
        if samples.ndim != 1 or not np.isfinite(samples).all():
            raise EngineError("The sound for the ASR is not one channel of finite samples.")
        if not len(samples) or (voiced_s is not None and voiced_s < self._least_voiced_s):
            return Transcript("", self.language or "", 0.0, 1.0, "too little voice")
        # A cheap microphone's offset ends in a step where the silence begins: "Brooklyn" became "Subrucland".
        centred = samples - samples.mean()
        known = tuple(self._tokenizer.encode(f" {context}", add_special_tokens=False).ids) if context else ()
        return joined([self._piece(piece, window, draft, final, known) for piece in guards.cut_at_pauses(centred)])

    def word_times(self, samples: Samples, ids: Sequence[int], language: str) -> tuple[WordTime, ...]:
        """When the words of `ids` were said, by the heads of the cross-attention that follow the sound (the model's
        config.json names them) and dynamic time warping. Against the ends that a voice tells of its words they were
        off by 0.06 to 0.09 s (whisper-base, means of three sentences; tiny.en 0.08 to 0.23), and on the full window,
        which takes six times as long, by as much.

        Raises EngineError where the model has no such heads.
        """
        states = self._encode(self._mel(samples - samples.mean(), "short"))
        task = [f"<|{language}|>", "<|transcribe|>"] if self._model.is_multilingual else []
        start = [self._tokenizer.token_to_id(token) for token in ("<|startoftranscript|>", *task)]
        frames = max(2, len(samples) * _MEL_FRAMES_PER_S // HEAR_RATE_HZ)
        try:
            path = self._model.align(self._view(states[np.newaxis]), start, [list(ids)], [frames])[0].alignments
        except (RuntimeError, ValueError) as error:
            raise EngineError(f"{self.folder.name} does not tell when words are said: {error}.") from error
        return word_times(self._words(ids), token_starts(path, len(ids)))

    def _words(self, ids: Sequence[int]) -> list[tuple[str, int]]:
        """The words of a text, each with the number of its tokens: one begins with a blank."""
        begins = [i for i, id in enumerate(ids) if not i or str(self._tokenizer.id_to_token(id)).startswith(_BLANK)]
        spans = list(zip(begins, [*begins[1:], len(ids)], strict=True))
        return [(self._tokenizer.decode(list(ids[begin:end])).strip(), end - begin) for begin, end in spans]

    def _piece(
        self, samples: Samples, window: Window, draft: Sequence[int], final: bool, context: Sequence[int]
    ) -> Transcript:
        """The transcript of at most 30 s. A doubtful text gets one retry; the surer of the two is kept.

        What may be no speech is looked at with the full window, whose no-speech probability tells.
        """
        heard = self._decode(samples, window, draft, context)
        doubtful = guards.is_doubtful(heard.text, heard.confidence, heard.no_speech, heard.language)
        if window == "short" and (not doubtful or not final):
            return replace(heard, text=guards.spoken(heard.text))
        if window == "short" and guards.is_surely_speech(heard.text, heard.no_speech):
            wide = self._decode(samples, "wide", heard.ids, context)
            better = wide.confidence >= heard.confidence and guards.is_surely_speech(wide.text, heard.no_speech)
            return _retried(wide if better else heard, heard, wide)
        loops = guards.is_looping(heard.text)  # whatever leads it into that, is not said to it again
        again = ((), ()) if loops else (heard.ids, context)
        full = heard if window == "full" else self._decode(samples, "full", *again)
        reason = guards.rejection(full.text, full.confidence, full.no_speech, full.language)
        surer = full if full.confidence >= heard.confidence or loops else heard
        judged = replace(_retried(surer, heard, full), rejected=reason, retried=window == "short")
        return replace(judged, text="" if reason else judged.text, no_speech=full.no_speech)

    def _decode(
        self, samples: Samples, window: Window, draft: Sequence[int], context: Sequence[int] = ()
    ) -> Transcript:
        """One pass of the model over at most 30 s."""
        seconds = len(samples) / HEAR_RATE_HZ
        started = time.perf_counter()
        mel = self._mel(samples, window)
        mel_done = time.perf_counter()
        states = self._encode(mel)
        encoded = time.perf_counter()
        stepped()
        most = guards.most_tokens(seconds)
        decoded = self._decoder.decode(states, self.language, most=most, draft=draft, context=context)
        return Transcript(
            text=self._tokenizer.decode(decoded.ids).strip(),
            language=decoded.language,
            confidence=math.exp(min(0.0, decoded.log_probability)),
            no_speech=decoded.no_speech,
            rejected=None,
            retried=False,
            tokens=len(decoded.ids),
            ids=decoded.ids,
            mel_s=mel_done - started,
            encode_s=encoded - mel_done,
            decode_s=time.perf_counter() - encoded,
        )

    def _mel(self, samples: Samples, window: Window) -> npt.NDArray[np.float32]:
        """Log-mel of the samples and of what pads them, shape (mels, frames), frames even.

        The short window is padded with silent *audio*, as the tail is silence too. The full one is padded
        as faster-whisper does it, with a mel of zeros (moderate noise, in fact): a retry then hears what the
        stock code would, and the no-speech probability tells noise from speech best (`guards.rejection`).
        """
        sound_s = len(samples) / HEAR_RATE_HZ
        least_s = max(self._min_window_s, _WIDE_S) if window == "wide" else self._least_s(sound_s)
        seconds = max(least_s, sound_s + self._pad_s)
        frames = min(round(seconds * _MEL_FRAMES_PER_S / 2) * 2, 2 * _STATES)
        if window != "full":
            missing = frames * HEAR_RATE_HZ // _MEL_FRAMES_PER_S - len(samples)
            mel = self._features(np.pad(samples, (0, max(0, missing))), padding=0)[:, :frames]
        else:
            mel = self._features(samples)[:, : 2 * _STATES]
            mel = np.pad(mel, ((0, 0), (0, 2 * _STATES - mel.shape[1])))
        return np.ascontiguousarray(mel, dtype=np.float32)

    def _least_s(self, sound_s: float) -> float:
        """The least window of so much sound."""
        is_brief = sound_s <= _BRIEF_S and self._width >= _BRIEF_WIDTH
        return min(self._min_window_s, _BRIEF_S) if is_brief else self._min_window_s

    @cached_property
    def _width(self) -> int:
        """The width of the model's states."""
        return int(self._encode(np.zeros((self._model.n_mels, 2), np.float32)).shape[1])

    def _encode(self, mel: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Encoder states of the window, shape (frames / 2, width)."""
        encoded = np.array(self._model.encode(self._view(mel[np.newaxis]), to_cpu=True))[0]
        states: npt.NDArray[np.float32] = encoded.astype(np.float32, copy=False)  # a card works in 16 bits
        return states

    @cached_property
    def _decoder(self) -> Decoder:
        """Our own where it can be made of the model's file, else CTranslate2's; that one on a card, where it lies.

        Silence here is digital: tails behind speech, behind noise, or from a zero mel gave the same WER within
        half a point.
        """
        silence = self._encode(self._features(np.zeros(_STATES * 320, np.float32), padding=0).astype(np.float32))
        if self._on_card:
            return Ct2Decoder(self._model, self._view, silence)
        try:
            tokens = read_tokens(self.folder, self._tokenizer, multilingual=self._model.is_multilingual)
            least = min(round(self._least_s(0) * _MEL_FRAMES_PER_S / 2), _STATES)
            return OnnxDecoder(self.folder / "model.bin", tokens, silence, threads=self.threads, least=least)
        except (OSError, ValueError, KeyError, TypeError, ModelError):  # a folder of the user's own, of another make
            return Ct2Decoder(self._model, self._view, silence)

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """ISO 639-1 codes of those that the model hears."""
        if not self._model.is_multilingual:
            return ("en",)
        known = (_LANGUAGE.fullmatch(token) for token in self._tokenizer.get_vocab())
        return tuple(sorted(match[1] for match in known if match))

    def _checked(self, language: str | None) -> str | None:
        return checked_language(language, self.languages, self.folder.name)


def _retried(kept: Transcript, first: Transcript, second: Transcript) -> Transcript:
    """`kept`, with what both looks cost."""
    return replace(
        kept,
        text=guards.spoken(kept.text),
        retried=True,
        mel_s=first.mel_s + second.mel_s,
        encode_s=first.encode_s + second.encode_s,
        decode_s=first.decode_s + second.decode_s,
    )
