"""A kind cluster of one's own with NoETL in it: made, looked at and removed by the programs `kind` and `kubectl`."""
