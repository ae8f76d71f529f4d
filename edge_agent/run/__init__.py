"""Run: a line, its agent and the host, driven in one thread (inline) or in several (threads)."""
