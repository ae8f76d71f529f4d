"""Speak: Sentence -> Voiced blocks -> the line's sink."""
