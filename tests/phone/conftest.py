"""Real calls are tried where there is something to try them with: our SIP stack, a telephone, a registrar."""

from __future__ import annotations

import importlib.util
import shutil

STACK = [
    "test_opening.py",
    "test_loopback_calls.py",
    "test_signalling.py",
    "test_speech_by_phone.py",
    "test_hostile.py",
    "test_native.py",
    "test_sipp.py",
    "test_torture.py",
    "test_encrypted_calls.py",
    "test_program_by_phone.py",
    "test_desk_by_phone.py",
]
"""These need the extra `phone`."""
OTHERS = ["test_real_calls.py", "test_spoken_call.py"]
"""These need a telephone and a registrar of others besides: apt-get install baresip-core kamailio."""

has_stack = importlib.util.find_spec("baresip")
has_others = has_stack and shutil.which("baresip") and shutil.which("kamailio")
collect_ignore = [*([] if has_stack else STACK), *([] if has_others else OTHERS)]
