"""Lan: the page for other devices of the house: a certificate authority, keys that are good once, paired devices."""
