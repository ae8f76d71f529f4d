"""A real browser as a client: headless Chromium, a recording as its microphone, and what it heard."""
