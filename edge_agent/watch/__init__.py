"""Watch: windows that look at events and change nothing."""
