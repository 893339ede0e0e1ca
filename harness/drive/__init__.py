"""Plans legs, runs them and collects evidence. The only part that waits; it knows no verdict."""
