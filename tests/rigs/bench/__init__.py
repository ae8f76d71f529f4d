"""Measurements for those who change the code: `python -m tests.rigs.bench --help`."""
