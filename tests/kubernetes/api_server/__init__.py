"""A Kubernetes API for the tests, in process: as much of it as the harness, the official client and `kubectl` ask for.

What it answers is what a real one answers to the same request. Its pods run nothing, or what a test gives them.
"""

from api_server.cluster import Cluster, Container, Program, Running
from api_server.server import ApiServer

__all__ = ["ApiServer", "Cluster", "Container", "Program", "Running"]
