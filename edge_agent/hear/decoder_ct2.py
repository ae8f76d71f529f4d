"""Whisper's decoder as CTranslate2 has it: slower, and there for every model that our own graph does not know."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from edge_agent.hear.decoder import Decoded
from edge_agent.types import Samples


class Ct2Decoder:
    """Asks for all of the 30 s in each call, and uses neither a draft nor a context."""

    def __init__(self, model: Any, view: Callable[[Samples], Any], silence: Samples) -> None:
        """`model`: a ctranslate2.models.Whisper; `view`: makes a StorageView of an array; `silence`: encoder states of
        30 s of silence, (1500, width).
        """
        self._model, self._view, self._silence = model, view, silence

    def decode(
        self,
        states: Samples,
        language: str | None,
        *,
        most: int,
        draft: Sequence[int] = (),
        context: Sequence[int] = (),
    ) -> Decoded:
        """See `Decoder`."""
        whole = np.concatenate([states, self._silence[len(states) :]])[np.newaxis]
        view = self._view(whole)
        if language is None:
            language = self._model.detect_language(view)[0][0][0].strip("<|>")
        task = [f"<|{language}|>", "<|transcribe|>"] if self._model.is_multilingual else []
        result = self._model.generate(
            view,
            [["<|startoftranscript|>", *task, "<|notimestamps|>"]],
            beam_size=1,
            max_length=2 * most,  # CTranslate2 generates at most half of it
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        ids = tuple(result.sequences_ids[0])
        # The score is a mean over the text's tokens of a sum that counts the end token too.
        mean = result.scores[0] * len(ids) / (len(ids) + 1)
        return Decoded(ids, language, mean, float(result.no_speech_prob))
