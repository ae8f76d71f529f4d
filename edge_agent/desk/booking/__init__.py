"""Booking: free times, and the gate through which alone an appointment is written."""
