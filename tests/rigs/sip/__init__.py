"""A telephone in pure Python, for tests and benches: SIP, RTP, speech, and a network that loses packets."""
