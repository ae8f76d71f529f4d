"""Heap: keep the C library from holding memory that nobody uses, and Python from looking through what lasts."""

from __future__ import annotations

import ctypes
import gc

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""M_... of glibc's malloc.h."""
_KEPT_BYTES = 64 << 20
"""Free memory at the end of a heap that is kept: a heap is never larger (HEAP_MAX_SIZE on 64 bits)."""
_MAPPED_BYTES = 4 << 20
"""Blocks from here on are mapped one by one and given back. A usual turn has none in its hot places; those of a rare
long one, in a heap, left it larger by 2 to 5 MB each time that they found no room: 6.1 MB over 1,000 turns instead of
0.7, and 22 MB more in all. It costs 3 % in a sentence of the voice, 4 in eleven seconds of speech for the ASR, nothing
in a short question. From 1 MB on the voice takes 1.4 to 2.2 times as long (71,000 page faults for a sentence)."""


def limit_heaps() -> None:
    """Two heaps of a lasting size serve all threads, where glibc takes up to 16 on two cores. Called before they start.

    Each keeps what its threads freed: the ears alone took 565 MB instead of 468 after 24 long utterances.

    What an inference freed is kept for the next. With glibc's own thresholds, which follow the sizes asked for, the
    agent and the ASR went up and down by 25 MB each; so they stay at their peak. A score of the endpoint model takes
    46 ms instead of 49, a sentence of the voice 280 instead of 297 (and 40 MB, 7,000 page faults fewer).
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:  # musl and macOS have none, and need none
        mallopt(_ARENA_MAX, 2)
        mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
        mallopt(_MMAP_THRESHOLD, _MAPPED_BYTES)


def give_back() -> None:
    """Gives back to the system what was only needed for loading (55 MB with profile `small`)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim:
        trim(0)


def keep_loaded() -> None:
    """Has the garbage collector look no more at what is there now. Called when all that lasts is loaded.

    The sentences of the skills alone are half a million objects: a full collection kept every thread of the agent from
    running for 65 to 90 ms, mostly at the first word of an answer. A loudspeaker waits for 30 ms: it ran dry, and
    PulseAudio then took no more sound (7 of 8 talks over a null sink; 0 of 8 since).
    """
    gc.collect()
    gc.freeze()
