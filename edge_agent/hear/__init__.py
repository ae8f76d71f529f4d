"""Hear: AudioFrame -> Onset, Draft, Resumed, Finished or Rejected."""
