"""Looking back over stored runs: causes over time, old evidence by another yardstick."""
