"""Doors: the agent behind network protocols. The only asyncio in the package, and nothing infers on its loop."""
