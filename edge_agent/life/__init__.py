"""Life: what starts, watches over and ends the process: signals, systemd, failed starts, the log's rules."""
