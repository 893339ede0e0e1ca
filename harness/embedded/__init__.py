"""The embedded deployment: real PostgreSQL, real NATS, our control plane and our workers."""
