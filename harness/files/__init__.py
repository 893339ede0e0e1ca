"""Reading the files that people write. Every problem in one is a HarnessError that says where it is."""
