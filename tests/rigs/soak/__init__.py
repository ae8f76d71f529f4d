"""Soak: thousands of turns in one conversation, some of them with faults, each judged; and what the process grew by."""
