"""Settings of the whole suite."""

from hypothesis import settings

# Seeded, and without a deadline: a busy machine is not a failure.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")
