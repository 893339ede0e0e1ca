"""Frozen values and closed enums that every other folder speaks in. Nothing here does I/O."""
