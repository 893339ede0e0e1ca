"""How an emulated Python worker wraps, hides and reports."""
