"""The Realtime protocol without I/O: client events and engine reports in, server events and jobs out."""
