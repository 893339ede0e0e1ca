"""Reference implementations: what the named NoETL releases do, to the letter. Pure, no I/O."""
