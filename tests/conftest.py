"""Settings of the whole suite."""

from hypothesis import settings
from sound_server import mortal_sound_server, sound_server

__all__ = ["mortal_sound_server", "sound_server"]

# Seeded, and without a deadline: a busy machine is not a failure.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")
