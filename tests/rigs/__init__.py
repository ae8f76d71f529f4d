"""Rigs: what measures and proves this checkout, and the fakes that tests share. Nothing of it is installed."""

import os

from edge_agent.cores import TRACEABLE

os.environ.setdefault(TRACEABLE, "1")  # who is not root measures, too
