"""Runs NoETL playbooks on two worker pools and says, with evidence, whether they agree."""
