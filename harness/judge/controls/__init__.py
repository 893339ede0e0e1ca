"""Pairs of histories whose verdict is known, judged in every run by what judges the run's own pairs."""
