"""Hear: AudioFrame -> Onset, Partial, Draft, Resumed, Finished or Rejected."""
