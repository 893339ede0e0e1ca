"""One output format per file. A report computes nothing."""
