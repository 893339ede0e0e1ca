"""One file per tool kind."""
