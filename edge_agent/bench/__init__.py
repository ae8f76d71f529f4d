"""Bench: what `edge-agent bench` runs. Measures the rooms from outside, and changes nothing in them."""
