"""Lines: where sound enters and leaves on this machine, without a network."""
