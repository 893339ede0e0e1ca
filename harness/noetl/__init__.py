"""What speaks NoETL's protocol as a client: HTTP, event and command rows, stream counters."""
