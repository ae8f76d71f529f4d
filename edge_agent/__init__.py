"""edge_agent: a voice agent that runs wholly on the user's own device.

Importing this package sets the environment below, and costs nothing else (as the program it also decides what Ctrl-C
does until `main` takes over). It must come before any engine:
ONNX Runtime >= 1.29 reads its telemetry switch once, when its library is loaded (microsoft/onnxruntime#27379).
"""

import os as _os
import sys as _sys

__version__ = "0.1.0"

# Nothing leaves the device. These are assignments, not defaults: a variable inherited from somebody's shell must
# not switch telemetry on again. `models pull` (store/hub.py) asks for its files itself and needs none of them lifted.
OFFLINE_ENVIRONMENT = {
    "ORT_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}
_os.environ.update(OFFLINE_ENVIRONMENT)

# How long OpenMP threads (llama.cpp, CTranslate2) spin before they sleep. Measured with Qwen 0.5B on two cores: 22 ms a
# token when they spin for ever or 10,000 rounds, 25 ms at 3,000, 40 ms when they never do (OMP_WAIT_POLICY=PASSIVE).
# Beside two busy programs: 3,000 ms a token when they spin for ever, 234 ms at 10,000, 66 ms at 1,000.
_os.environ.setdefault("GOMP_SPINCOUNT", "3000")
# The threads of numpy's BLAS wait busily after each log-mel: Whisper's encoder then took 105 ms instead of 75.
_os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
_os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

if _sys.argv[0] == "-m" or _sys.argv[0].endswith("/edge-agent"):  # this is the program, or one of its processes
    # Ctrl-C ends it without a word until `main` heeds it: what is imported until then takes a while, and there is
    # nothing to tidy. Of the interpreter itself, as `signal` is an import more.
    import _signal  # type: ignore[import-not-found]

    if _signal.getsignal(_signal.SIGINT) != _signal.SIG_IGN:
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
