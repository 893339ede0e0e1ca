"""The release gate at work: a stored run against a baseline, the receipt of it, and how a person changes a baseline."""
