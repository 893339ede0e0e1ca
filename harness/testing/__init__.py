"""The suite as tests of pytest: one engine run, whose recording the tests of all processes read (docs/pytest.md)."""
