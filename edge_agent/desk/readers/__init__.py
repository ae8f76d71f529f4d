"""Readers: what a caller says -> the value of a slot, by code. Each has one purpose and changes nothing."""
