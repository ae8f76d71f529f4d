"""The model store: model files, where they come from, and whether they are what they should be."""

from edge_agent.store.store import Model, Profile, Store

__all__ = ["Model", "Profile", "Store"]
