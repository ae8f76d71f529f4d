"""German."""

RULES = ()
