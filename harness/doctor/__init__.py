"""Looks at a deployment before it is measured. One check a file; `checks.py` lists them, `examine.py` runs them."""
