"""Fit the weights of edge_agent/hear/finality.py on the pauses that the bench `endpoint` found.

    python -m tests.rigs.bench endpoint SPEECH/*/manifest.jsonl --part tune --output tune
    python scripts/fit_endpoint.py tune/endpoint.json

Logistic regression with L2 by Newton's method, numpy alone. An example is what is known at one moment of one pause: is
it the end of the turn? Prints the table for the module, and how well it does on speakers that it has not seen.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge_agent.hear.finality import WEIGHTS, Signs, features
from edge_agent.hear.framing import FRAME_S
from tests.rigs.bench.pauses import LEAST_S, Replay, read_replays

Array = npt.NDArray[np.float64]

SOFT_END, EVERY = 2, 3
"""Frames of silence at which the endpoint model is asked first, and between two scores, as in the settings."""
MOMENTS = (5, 8, 14, 20, 32)
"""Frames of silence at which a pause is looked at, as far as it lasts: 0.16, 0.26, 0.45, 0.64 and 1.0 s."""
FOLDS = 5
READ_ALOUD = ("read", "untranscribed")
"""Sets with one of these in the name are readings: their pauses stand at full stops, where a person who talks to a
machine has finished. Each of their examples counts a quarter, and none of the figures below is theirs."""


@dataclass(frozen=True)
class Examples:
    """Signs as numbers, shape (n, features), with the truth, a weight and the speaker of each."""

    x: Array
    ended: Array
    weight: Array
    speaker: Sequence[str]
    talk: npt.NDArray[np.bool_]
    """Said to somebody, not read aloud."""

    def part(self, chosen: npt.NDArray[np.bool_]) -> Examples:
        speakers = [speaker for speaker, each in zip(self.speaker, chosen, strict=True) if each]
        return Examples(self.x[chosen], self.ended[chosen], self.weight[chosen], speakers, self.talk[chosen])


def examples(replays: Sequence[Replay]) -> Examples:
    """Each pause at each of the moments that it reaches; a pause counts once, however many moments it has."""
    x, ended, weight, speaker, talk = [], [], [], [], []
    for replay in replays:
        said_to_somebody = not any(word in replay.set for word in READ_ALOUD) or "commonvoice" in replay.set
        for number, pause in enumerate(replay.pauses):
            length_s = np.inf if pause.length_s is None else pause.length_s
            is_end = not replay.is_inside(pause)
            if length_s < LEAST_S:
                continue
            moments = [frames for frames in MOMENTS if frames * FRAME_S <= length_s]
            for frames in moments:
                scores = tuple(pause.score_at(k * FRAME_S) for k in range(SOFT_END, frames + 1, EVERY))
                signs = Signs(scores, pause.text, replay.before(number))
                x.append([*features(signs).values()])
                ended.append(is_end and not replay.incomplete)
                weight.append((1.0 if said_to_somebody else 0.25) / len(moments))
                speaker.append(replay.speaker)
                talk.append(said_to_somebody)
            if is_end:
                break
    return Examples(np.array(x), np.array(ended, float), np.array(weight), speaker, np.array(talk))


def balanced(found: Examples) -> Examples:
    """With both outcomes weighing the same, so that the bias does not say how long the clips of a set are."""
    weight = found.weight.copy()
    for outcome in (0.0, 1.0):
        weight[found.ended == outcome] *= len(weight) / 2 / weight[found.ended == outcome].sum()
    return Examples(found.x, found.ended, weight, found.speaker, found.talk)


def fit(found: Examples, l2: float) -> Array:
    """Weights, shape (features,), that minimise the weighted log loss plus l2 / 2 |w|^2, the bias not counted."""
    w = np.zeros(found.x.shape[1])
    ridge = np.diag([0.0, *[l2] * (len(w) - 1)])
    for _ in range(30):
        p = sigmoid(found.x @ w)
        slope = found.x.T @ (found.weight * (p - found.ended)) + ridge @ w
        curvature = (found.x.T * (found.weight * p * (1 - p))) @ found.x + ridge + 1e-9 * np.eye(len(w))
        w -= np.linalg.solve(curvature, slope)
    return w


def sigmoid(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-np.clip(z, -30, 30))))


def out_of_fold(found: Examples, columns: Sequence[int], l2: float) -> Array:
    """The probability of each example from weights that were fitted without its speaker; shape (n,)."""
    fold = np.array([sha256(speaker.encode()).digest()[1] % FOLDS for speaker in found.speaker])
    p = np.zeros(len(fold))
    for each in range(FOLDS):
        if (fold == each).any():
            known = balanced(found.part(fold != each))
            w = fit(Examples(known.x[:, columns], known.ended, known.weight, known.speaker, known.talk), l2)
            p[fold == each] = sigmoid(found.x[fold == each][:, columns] @ w)
    return p


def log_loss(found: Examples, p: Array) -> float:
    p = np.clip(p, 1e-6, 1 - 1e-6)
    losses = -(found.ended * np.log(p) + (1 - found.ended) * np.log(1 - p))
    return float(np.average(losses, weights=balanced(found).weight))


def auc(found: Examples, p: Array) -> float:
    """Probability that an end scores higher than a pause, weighted, ties counted half."""
    ends, holds = found.ended == 1, found.ended == 0
    above = (p[ends][:, None] > p[holds]) + 0.5 * (p[ends][:, None] == p[holds])
    return float(np.average(above, weights=found.weight[ends][:, None] * found.weight[holds]))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", nargs="+", type=Path, help="endpoint.json of the bench, `endpoint --part tune`")
    parser.add_argument("--l2", type=float, default=3.0, help="strength of the ridge, in examples (default 3)")
    options = parser.parse_args(arguments)
    replays = read_replays(options.results)
    found = examples(replays)
    names = list(WEIGHTS)
    print(f"{len(replays)} clips, {len(set(found.speaker))} speakers, {len(found.ended)} examples")
    print(f"{'without the speaker':<32} {'log loss':>8} {'AUC':>6}   (talk alone; ends and pauses weigh the same)")
    groups = {"sound alone": ["bias", "sound"], "all": names}
    groups |= {f"all but {name}": [n for n in names if n != name] for name in names[2:]}
    for label, kept in groups.items():
        p = out_of_fold(found, [names.index(name) for name in kept], options.l2)
        talk = found.part(found.talk)
        print(f"{label:<32} {log_loss(talk, p[found.talk]):8.3f} {auc(talk, p[found.talk]):6.3f}")
    print("\nWEIGHTS = {")
    for name, value in zip(names, fit(balanced(found), options.l2), strict=True):
        print(f'    "{name}": {value:.2f},')
    print("}")


if __name__ == "__main__":
    main()
