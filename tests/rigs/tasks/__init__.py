"""Tasks: what an agent at a desk gets done, played by scripted callers. No LLM speaks for them."""
