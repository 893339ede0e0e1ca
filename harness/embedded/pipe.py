"""The words and file names that the harness and the supervisor share. No imports: both need it before anything else."""

KEEP, KEPT = b"keep\n", b"kept\n"
"""Told to stay when the harness ends, and the answer."""

STATE = "kept.json"
"""File in the private folder of a deployment that was told to stay."""

LOST = "lost"
"""File in the private folder with a line for every process that ended while the lanes were up."""
