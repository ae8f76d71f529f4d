"""Desk: an agent that an owner writes in one file: forms, bookings, answers from documents. Code owns all of it."""
