"""What runs inside a tool's own child process. Standard library only, and as little of it as possible."""
