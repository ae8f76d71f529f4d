"""Rigs: what measures and proves this checkout, and the fakes that tests share. Nothing of it is installed."""
