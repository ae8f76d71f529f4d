"""Real calls are tried where there is something to try them with: our SIP stack, a telephone, a registrar."""

from __future__ import annotations

import importlib.util
import shutil

collect_ignore = (
    []
    if importlib.util.find_spec("baresip") and shutil.which("baresip") and shutil.which("kamailio")
    else ["test_real_calls.py", "test_spoken_call.py"]
)
"""apt-get install baresip-core kamailio, and the extra `phone`."""
