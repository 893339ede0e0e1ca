"""Speed, measured in seconds of processor time: what else the machine does is not counted. `make bench` prints it all.

No test depends on a number here; the aims are the project's own.
"""
