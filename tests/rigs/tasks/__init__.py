"""Tasks: what an agent at a desk gets done, played by callers that are not there."""
