"""Whisper's decoder on ONNX Runtime: silence is prepared once, and a draft is checked in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from edge_agent.hear.decoder import Decoded, Tokens
from edge_agent.hear.decoder_graph import cross_graph, decoder_graph
from edge_agent.hear.decoder_weights import HEAD_SIZE, read_weights
from edge_agent.onnx import Value, open_session, value_of
from edge_agent.types import Samples

_PIECE = 375
"""States of silence that are prepared at once: ONNX Runtime keeps the memory of the largest call."""

Bound = dict[str, Value]
"""Inputs of a pass by their names, where they stand in memory: nothing is copied between two passes."""


class OnnxDecoder:
    """A decoder made of the model.bin of a CTranslate2 folder; it keeps that decoder's weights in 8 bits."""

    def __init__(self, model: Path, tokens: Tokens, silence: Samples, *, threads: int, least: int = 0) -> None:
        """`silence`: encoder states of 30 s of silence, (1500, width); `least`: states of the shortest window.

        Raises UnknownLayout for a model.bin of another kind, ModelError where ONNX Runtime cannot run its graph.
        """
        weights = read_weights(model)
        # Mapped afresh: only the rows of tokens that were used stay in memory, not all that the graphs were made of.
        self._embeddings = read_weights(model).embeddings
        self._positions = weights("position_encodings/encodings")
        self._tokens = tokens
        self._names = [f"{kind}{layer}" for layer in range(weights.layers) for kind in "kv"]
        self._cross = open_session(cross_graph(weights), threads=threads)
        self._pass = open_session(decoder_graph(weights), threads=threads)
        self._least = least
        pieces = [silence[at : at + _PIECE] for at in range(least, len(silence), _PIECE)]
        prepared = [self._cross.run(self._names, {"states": piece}) for piece in pieces]
        self._silence: list[Samples] = [np.concatenate(tensors, axis=1) for tensors in zip(*prepared, strict=True)]
        self._behind: tuple[int, Bound] = (-1, {})
        nothing = value_of(np.zeros((weights.heads, 0, HEAD_SIZE), np.float32))
        self._nothing = {f"past_{name}": nothing for name in self._names}

    def decode(
        self,
        states: Samples,
        language: str | None,
        *,
        most: int,
        draft: Sequence[int] = (),
        context: Sequence[int] = (),
    ) -> Decoded:
        """See `Decoder`. Prompt and draft take one pass; from the first token that the draft has wrong, one a token."""
        seen = self._seen(states)
        language = language or self._language(seen)
        prompt = self._tokens.prompt(language, context)
        text = _Text(self._tokens, most=min(most, len(self._positions) - len(prompt)))
        guess = list(draft[: text.most])
        rows = [prompt.index(self._tokens.start), *range(len(prompt) - 1, len(prompt) + len(guess))]
        logits, past = self._run([*prompt, *guess], rows, seen, self._nothing)
        right = text.follow(logits[1:], guess)
        if right < len(guess):
            past = {name: value_of(value.numpy()[:, : len(prompt) + right]) for name, value in past.items()}
        while not text.done:
            step, past = self._run([text.ids[-1]], [0], seen, past)
            text.take(step[0])
        no_speech = _probability(logits[0], self._tokens.no_speech)
        return Decoded(tuple(text.ids), language, text.log_probability, no_speech)

    def _run(self, ids: Sequence[int], rows: Sequence[int], seen: Bound, past: Bound) -> tuple[Samples, Bound]:
        """One pass over `ids`: the logits behind those at `rows`, (rows, vocabulary), and the past of the next."""
        before = past["past_k0"].shape()[1]
        x = self._embeddings[list(ids)].astype(np.float32) + self._positions[before : before + len(ids)]
        mask = np.triu(np.full((len(ids), before + len(ids)), -np.inf, np.float32), before + 1)
        new = {"x": value_of(x), "mask": value_of(mask), "rows": value_of(np.array(rows, np.int64))}
        logits, *grown = self._pass.run_with_ort_values(["logits", *self._names], {**new, **seen, **past})
        return logits.numpy(), dict(zip(self._nothing, grown, strict=True))

    def _seen(self, states: Samples) -> Bound:
        """Keys and values of the window and of the silence behind it, the latter kept for the next of that length."""
        window = len(states)
        if self._behind[0] != window:
            silence = zip(self._names, self._silence, strict=True)
            self._behind = (
                window,
                {f"far_{name}": value_of(tensor[:, window - self._least :]) for name, tensor in silence},
            )
        values = self._cross.run_with_ort_values(self._names, {"states": value_of(states)})
        near = {f"near_{name}": value for name, value in zip(self._names, values, strict=True)}
        sizes = np.array([window, self._silence[0].shape[1] + self._least - window], np.int64)
        return {"sizes": value_of(sizes), **near, **self._behind[1]}

    def _language(self, seen: Bound) -> str:
        """The most probable one."""
        logits, _ = self._run([self._tokens.start], [0], seen, self._nothing)
        return max(self._tokens.languages.items(), key=lambda known: float(logits[0, known[0]]))[1]


@dataclass
class _Text:
    """A text that grows by the most probable token."""

    tokens: Tokens
    most: int
    ids: list[int] = field(default_factory=list)
    done: bool = False
    _sum: float = 0.0

    def take(self, logits: Samples) -> int:
        """Add the most probable token that may stand here; return its id. The end token only ends the text."""
        logits[list(self.tokens.never)] = -np.inf
        if not self.ids:
            logits[list(self.tokens.not_first)] = -np.inf
        token = int(logits.argmax())
        self._sum += float(np.log(_probability(logits, token)))
        if token != self.tokens.end:
            self.ids.append(token)
        self.done = token == self.tokens.end or len(self.ids) >= self.most
        return token

    def follow(self, logits: Samples, guess: Sequence[int]) -> int:
        """Add tokens as long as `guess` has them right, and one more; return how many it had right."""
        for right, token in enumerate(guess):
            if self.take(logits[right]) != token or self.done:
                return right
        self.take(logits[len(guess)])
        return len(guess)

    @property
    def log_probability(self) -> float:
        return self._sum / (len(self.ids) + 1)


def _probability(logits: Samples, token: int) -> float:
    highest = logits.max()
    return float(np.exp(logits[token] - highest) / np.exp(logits - highest).sum())
