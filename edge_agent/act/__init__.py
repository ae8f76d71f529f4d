"""What was said -> what is done: code first, the LLM only where asked."""
