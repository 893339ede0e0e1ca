"""From evidence to verdicts. Pure: opens no socket and no file."""
