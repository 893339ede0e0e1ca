"""NoETL 4.12.0's task sequence: one command that runs a list of tools under policy rules (spec: noetl-python 2)."""

from __future__ import annotations

from harness.reference.task_sequence.executor import CallTool, run

__all__ = ["CallTool", "run"]
