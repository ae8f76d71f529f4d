"""Hostile clients of the server, and what they cost it and a good client beside them."""
