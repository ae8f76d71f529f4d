"""Phone: calls over SIP as lines. The SIP stack has a process of its own, which is replaced when it dies."""
