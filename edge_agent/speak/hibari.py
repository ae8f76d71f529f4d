"""Hibari: speakable English -> sound, a sentence at a time: a small network, and the package that it comes with."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np

from edge_agent.errors import EngineError, ModelError
from edge_agent.interfaces import SPEEDS, Chunk
from edge_agent.onnx import open_session
from edge_agent.protobuf import fields, tagged
from edge_agent.speak.alignment import word_ends
from edge_agent.speak.graph import GRAPH, NODE, OUTPUT, VALUE_NAME, node
from edge_agent.speak.level import MIN_PEAK, gain_of
from edge_agent.speak.voice import trimmed
from edge_agent.speak.wording import pieces
from edge_agent.types import Samples, WordEnd
from edge_agent.waits import stepped
from edge_agent.words import words_of

PACKAGE = "hibari-tts==0.2.1"
"""What makes phonemes of English and sound of spectra. More of it is called than it promises: no other version."""
KNOWN_WORDS = 4096
"""Words whose phonemes are kept: one takes 0.3 ms."""
AHEAD_S = 0.045
"""How much sooner a phoneme is heard than the network reckons: median of 19 sentences, from 18 to 84 ms. Of 20 cuts in
10 sentences 19 then hold exactly the words that they should, and 13 without it."""
_PAD = 0
"""What stands at both ends of a sentence: silence."""


class Hibari:
    """One voice. One owner thread. Of its package nothing is called that looks for files or opens a connection."""

    rate_hz = 24_000
    language = "en"

    def __init__(self, onnx: Path, *, threads: int = 1, pace: float = 1.0, volume: float = 1.0) -> None:
        """`onnx`: the voice. The network for words that are in no lexicon lies beside it (oov.onnx), or in the package.

        Raises ModelError, with the command that installs the package where that is missing.
        """
        try:
            from hibari import dsp, tts
            from hibari.g2p import G2P
            from hibari.g2p.oov import OOV
        except ImportError as error:
            missing = f"The voice {onnx.name} needs the package hibari-tts, which is not installed."
            raise ModelError(missing, fix=f"{sys.executable} -m pip install '{PACKAGE}'") from error
        self._session = open_session(telling_ends(onnx), threads=threads)
        oov = onnx.with_name("oov.onnx")
        self._phonemes = G2P(oov=OOV(session=open_session(oov if oov.is_file() else Path(tts.ASSETS, oov.name))))
        self._alone = lru_cache(KNOWN_WORDS)(self._phonemes)
        self._sentences, self._synth = tts.Hibari.split_sentences, dsp.synth
        self._ids: dict[str, int] = json.loads(Path(tts.ASSETS, "vocab.json").read_text("utf-8"))
        self._pace, self._volume, self._gain = pace, volume, 0.0

    def warm_up(self) -> None:
        """Says every length that is usual once, and finds the gain that brings the loudest of it to `volume`."""
        said = [self._sentence(text) for text in words_of(self.language).warm_up]
        self._gain = gain_of((sound for sound, _ in said), self._volume)

    def stream(self, text: str, speed: float = 1.0) -> Iterator[Chunk]:
        """Yields all the sound of a text at once: a fragment takes less time than the first piece of a Piper voice. The
        same text always sounds the same. Otherwise it is `Tts.stream`.
        """
        if not self._gain:
            self.warm_up()
        said = self._said(text, speed)
        if len(said.samples):
            yield said

    def _said(self, text: str, speed: float) -> Chunk:
        """Returns all the sound of a text. Its sentences follow each other as those of an answer do: each has a third
        of a second of silence in front and half a second behind, which is cut to what `trimmed` leaves."""
        sound, ends, at = [np.zeros(0, np.float32)], list[int](), 0
        for sentence in filter(_is_speech, (each for piece in pieces(text) for each in self._sentences(piece))):
            samples, words = self._sentence(sentence, speed)
            stepped()
            # Long sentences are half as loud again as short ones: none is louder than asked for.
            gain = min(self._gain, self._volume / max(float(np.abs(samples).max()), MIN_PEAK))
            heard = next(trimmed([Chunk(gain * samples, 0, words)], self.rate_hz), Chunk(sound[0], 0, words))
            ends += [at + min(end.samples, len(heard.samples)) for end in heard.words]
            at += len(heard.samples)
            sound.append(heard.samples)
        chars = [match.end() for match in re.finditer(r"\S+", text)]
        told = len(chars) == len(ends)
        return Chunk(np.concatenate(sound), 0, tuple(map(WordEnd, chars, ends)) if told else ())

    def _sentence(self, text: str, speed: float = 1.0) -> tuple[Samples, tuple[WordEnd, ...]]:
        """Returns the sound of one sentence as the network has it, and where its words end. Raises EngineError."""
        try:
            return self._inferred(text, speed)
        except Exception as error:  # onnxruntime and the package raise a dozen unrelated classes
            raise EngineError(f"The voice could not say {len(text)} characters ({type(error).__name__}).") from error

    def _inferred(self, text: str, speed: float) -> tuple[Samples, tuple[WordEnd, ...]]:
        phonemes = [phoneme for phoneme in self._phonemes(text) if phoneme in self._ids]
        ids = [_PAD, *(self._ids[phoneme] for phoneme in phonemes), _PAD]
        pace = self._pace * np.clip(speed, *SPEEDS)
        *spectra, ends = self._session.run(None, {"ids": np.array([ids]), "speed": np.array([pace], np.float32)})
        samples: Samples = self._synth(*(each[0] for each in spectra), np.random.default_rng(0))
        lengths = np.diff(ends, prepend=0) * (len(samples) // ends[-1])
        timed = list(zip([" ", *phonemes, " "], lengths.tolist(), strict=True))
        words = [(match.end(), match.group()) for match in re.finditer(r"\S+", text)]
        borders = word_ends(timed, [self._alone(word) for _, word in words])
        ahead = round(AHEAD_S * self.rate_hz)
        return samples, tuple(WordEnd(char, max(0, at - ahead)) for (char, _), at in zip(words, borders, strict=True))


def _is_speech(text: str) -> bool:
    return any(char.isalnum() for char in text)


def telling_ends(onnx: Path) -> bytes:
    """Returns the network with one more output: after how many frames each phoneme has ended, int64 (phonemes,).

    It adds up the lengths of the phonemes to know which one a frame is of, in the only `CumSum` that it has. A message
    that comes a second time in protobuf adds to the first. Raises ModelError for another network.
    """
    try:
        model = onnx.read_bytes()
        graph = next(field.value for field in fields(memoryview(model)) if field.number == GRAPH)
        nodes = [node(field) for field in fields(graph) if field.number == NODE]
        (ends,) = (each.outputs[0] for each in nodes if each.operator == "CumSum")
    except (OSError, StopIteration, IndexError, ValueError) as error:
        raise ModelError(f"{onnx} is not a voice of hibari.", fix="edge-agent models verify") from error
    return model + tagged(GRAPH, tagged(OUTPUT, tagged(VALUE_NAME, ends)))
