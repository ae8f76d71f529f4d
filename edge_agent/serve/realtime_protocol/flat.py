"""Beta's flat settings and GA's nested ones: one table, used in both directions."""

from __future__ import annotations

from edge_agent.serve.realtime_protocol.errors import invalid_type
from edge_agent.types import Json

PATHS: dict[str, tuple[str, ...]] = {
    "modalities": ("output_modalities",),
    "max_response_output_tokens": ("max_output_tokens",),
    "voice": ("audio", "output", "voice"),
    "speed": ("audio", "output", "speed"),
    "output_audio_format": ("audio", "output", "format"),
    "input_audio_format": ("audio", "input", "format"),
    "input_audio_transcription": ("audio", "input", "transcription"),
    "input_audio_noise_reduction": ("audio", "input", "noise_reduction"),
    "turn_detection": ("audio", "input", "turn_detection"),
}
"""Flat key of a session or response -> where GA has it. All other keys are the same."""


def nested(flat: Json, param: str) -> Json:
    """Settings with all flat keys where GA has them; a flat key wins. `param`: what the settings are ("session")."""
    result = {key: value for key, value in flat.items() if key not in PATHS}
    for key in PATHS.keys() & flat.keys():
        *outer, last = PATHS[key]
        place, at = result, param
        for step in outer:
            at = f"{at}.{step}"
            inner = place.get(step)
            if not isinstance(inner, dict | None):
                raise invalid_type(at, "an object", inner)
            place[step] = place = dict(inner or {})
        place[last] = flat[key]
    return result


def flat_param(param: str) -> str:
    """What beta calls a GA path: session.audio.output.voice -> session.voice."""
    root, _, rest = param.partition(".")
    for key, path in PATHS.items():
        ga = ".".join(path)
        if rest == ga or rest.startswith((f"{ga}.", f"{ga}[")):
            return f"{root}.{key}{rest[len(ga) :]}"
    return param
