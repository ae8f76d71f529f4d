"""Run: the same rooms, driven in one thread (inline) or in several (threads)."""
