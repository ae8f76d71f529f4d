"""edge_agent: a voice agent that runs wholly on the user's own device.

Importing this package sets the environment below and costs nothing else. It must come before any engine:
ONNX Runtime >= 1.29 reads its telemetry switch once, when its library is loaded (microsoft/onnxruntime#27379).
"""

import os as _os

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

# OpenMP threads of one engine must not spin on the cores that the next engine needs. A user may measure otherwise.
_os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
_os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
