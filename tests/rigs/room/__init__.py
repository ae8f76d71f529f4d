"""A room without one: a loudspeaker and a microphone joined by what walls do to sound, on a virtual clock."""
