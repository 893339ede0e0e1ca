"""The HTTP routes, one file an area (spec: noetl-python 6). All are under `/api` except `/health` and `/metrics`."""
