"""Conformance suite of the Realtime wire protocol, for any server: `python -m tests.rigs.conformance --help`."""

from pathlib import Path

QUESTION = Path(__file__).with_name("question.wav")
"""\"How old is the Brooklyn Bridge?\", 1.8 s. Google's assistant samples, Apache-2.0; see examples/question.wav."""
