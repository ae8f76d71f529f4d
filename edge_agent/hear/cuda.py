"""CUDA: whether the CTranslate2 at hand can use a card. `python -m edge_agent.hear.cuda` ends with 0 if it can."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from edge_agent.processes import answer_of

ASK_S = 20.0
"""A driver has so long to answer."""
_TYPES = ("float16", "int8_float32", "float32")
"""Best first; cards before Volta compute nothing in 16 bits."""


def can_use_cuda(command: Sequence[str] = (sys.executable, "-m", "edge_agent.hear.cuda")) -> bool:
    """Whether it can, asked in a process of its own. False where that fails or hangs."""
    try:
        answer_of(command, ASK_S)
    except OSError:
        return False
    return True


def cuda_type(card: int) -> str:
    """The `compute_type` for a card. Raises ValueError or RuntimeError where there is no such card."""
    import ctranslate2

    supported = ctranslate2.get_supported_compute_types("cuda", card)
    return next((each for each in _TYPES if each in supported), "auto")


if __name__ == "__main__":
    import ctranslate2

    sys.exit(0 if ctranslate2.get_cuda_device_count() > 0 else 1)
