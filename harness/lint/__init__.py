"""Looks at playbooks without running them: what the server would refuse, and what the pools do differently."""
