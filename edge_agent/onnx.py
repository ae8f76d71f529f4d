"""One way to open an ONNX file: explicit threads, no spinning, no telemetry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from edge_agent.errors import ModelError

if TYPE_CHECKING:
    import onnxruntime as ort

_CUDA = "CUDAExecutionProvider"
Value = Any
"""An `ort.OrtValue`: a tensor that stays where it is between two runs. The package has no types."""


def open_session(model: Path | bytes, *, threads: int = 1, cuda: int | None = None) -> ort.InferenceSession:
    """An inference session for an ONNX file, or for the bytes of one: on the CPU, or on the CUDA card of this number,
    with the CPU for what CUDA cannot.

    Spinning is off: a session that waits busily takes the cores from the engine whose turn it is (a default session
    slowed unrelated work from 3.4 to 98 ms in roboflow/rf-detr#1456). The memory pattern is off because inputs vary
    in length, for which the pattern cache only grows (k2-fsa/sherpa-onnx#3032).

    Raises ModelError if the file is not a usable ONNX model, or the card cannot be used.
    """
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.enable_mem_pattern = False
    # An arena keeps the largest buffers it ever gave. Without it Whisper takes as long, and 50 MB less.
    options.enable_cpu_mem_arena = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    source = model if isinstance(model, bytes) else str(model)
    try:
        session = ort.InferenceSession(source, options, providers=_providers(cuda))
        if cuda is not None and session.get_providers()[0] != _CUDA:  # ONNX Runtime goes on without, and tells a log
            raise RuntimeError("CUDA cannot be used")
        session._model_bytes = None  # kept to open it again with other providers: 50 MB for Whisper's decoder
        return session
    except Exception as error:  # onnxruntime raises a dozen unrelated classes
        name = "A part of a model" if isinstance(model, bytes) else model
        raise ModelError(f"{name} is not an ONNX model that can be run ({error}).") from error


def has_cuda() -> bool:
    """Whether the ONNX Runtime at hand was built for CUDA. It looks at a list and asks no driver."""
    import onnxruntime as ort

    return _CUDA in ort.get_available_providers()


def _providers(cuda: int | None) -> list[Any]:
    """Those to try, the CPU last. A search for the best convolution at each new length takes longer than it saves."""
    card = {"device_id": cuda, "cudnn_conv_algo_search": "HEURISTIC", "arena_extend_strategy": "kSameAsRequested"}
    return [*([] if cuda is None else [(_CUDA, card)]), "CPUExecutionProvider"]


def value_of(array: npt.NDArray[Any]) -> Value:
    """The array as a session takes and gives it with `run_with_ort_values`; not copied if it is contiguous."""
    import onnxruntime as ort

    return ort.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(array))
