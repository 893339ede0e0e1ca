"""A control plane that speaks NoETL's HTTP, tables, subjects and events."""
