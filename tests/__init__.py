"""The tests. A package, so that `python -m tests.rigs.NAME` finds the rigs of this checkout and no others."""
