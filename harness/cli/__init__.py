"""One verb per file, no logic."""
