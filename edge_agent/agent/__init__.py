"""Agent: the conversation that the device itself owns, one for each line. A client of the host like any other."""
