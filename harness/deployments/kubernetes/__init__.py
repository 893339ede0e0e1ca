"""NoETL on Kubernetes: found by labels, reached through forwards of our own, pinned, and left as it was."""

from harness.deployments.kubernetes.target import OPTIONS, target

__all__ = ["OPTIONS", "target"]
