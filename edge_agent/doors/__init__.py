"""Doors: how people and programs reach the agent. Each is a class with three members, and a row in one table."""
