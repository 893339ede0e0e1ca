"""The workflow engine: pure, one execution in, commands and events out."""
