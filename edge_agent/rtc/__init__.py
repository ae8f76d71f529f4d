"""Rtc: one small interface over WebRTC: an offer in, an answer out; sound both ways, and a channel of texts."""
