"""Attendant: what a call needs that a conversation at a microphone does not: an end, and keys. Pure: time is handed in.

Whoever calls may fall silent, put the receiver aside, or call from a machine. They are asked once whether they are
still there; then the call ends. Keys that are pressed one after the other are one number, which is what the user says.
"""

from __future__ import annotations

from typing import Literal

DIGITS_S = 2.0
"""Keys that follow each other within so long are of one number. "#" ends it at once."""
MOST_DIGITS = 40

Due = Literal["nothing", "ask", "goodbye"]


class Attendant:
    """One call, from when it was picked up."""

    def __init__(self, now: float, *, silence_s: float, most_s: float) -> None:
        """`now` in seconds of any clock that does not go back."""
        self._begun = self._heard = now
        self._silence_s, self._most_s = silence_s, most_s
        self._asked = False
        self._digits = ""
        self._pressed = 0.0
        self.why = ""
        """Why it says goodbye: "silence", "too long"."""

    def active(self, now: float, *, user: bool) -> None:
        """Somebody speaks, or an answer is due: the silence begins anew. `user`: it is the caller."""
        self._heard = now
        self._asked = self._asked and not user

    def due(self, now: float) -> Due:
        """What is to be said now, unasked. After "goodbye" the call is to end."""
        if now - self._begun >= self._most_s:
            self.why = "too long"
            return "goodbye"
        if now - self._heard < self._silence_s:
            return "nothing"
        self._heard = now
        if self._asked:
            self.why = "silence"
            return "goodbye"
        self._asked = True
        return "ask"

    def press(self, digit: str, now: float) -> None:
        """A key was pressed."""
        self.active(now, user=True)
        if len(self._digits) < MOST_DIGITS:
            self._digits += digit
        self._pressed = now

    def number(self, now: float) -> str | None:
        """The number that was entered, once it is complete: without the "#" that ends it, unless that is all."""
        whole = self._digits.endswith("#") or (self._digits and now - self._pressed >= DIGITS_S)
        if not whole:
            return None
        digits, self._digits = self._digits, ""
        return digits.removesuffix("#") or digits
