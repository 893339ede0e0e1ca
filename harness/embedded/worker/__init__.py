"""Worker processes that behave like a named release."""
