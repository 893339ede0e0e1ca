"""Executions that hang, for a person or for a program."""

from __future__ import annotations

import json
from typing import TextIO

from harness.model.secrets import blotted
from harness.model.zombie import Census, Zombie
from harness.report.page import Page
from harness.report.plain import plain
from harness.report.words import shown

SCHEMA = "noetl-harness/zombies/1"


def write(form: str, census: Census, out: TextIO) -> None:
    """`json`: one object with `schema` and the fields of `Census`. Else a paragraph for each zombie, then one line."""
    if form == "json":
        json.dump({"schema": SCHEMA, **plain(census)}, out, indent=2, ensure_ascii=False)
        out.write("\n")
        return
    page = Page(out)
    for zombie in census.zombies:
        _write_zombie(page, zombie)
    if census.unclear:
        page.heading("Not known")
    for sentence in census.unclear:
        page.paragraph(f"- {blotted(sentence)}", indent=2, hang=2)
    page.line()
    page.line(
        f"{census.looked_at} executions looked at · {len(census.zombies)} hang · {len(census.unclear)} not known",
        style="red" if census.exit else "green",
    )


def _write_zombie(page: Page, zombie: Zombie) -> None:
    leg = f"{zombie.case_id} on {zombie.side}: " if zombie.case_id else ""
    page.heading(f"{leg}execution {zombie.execution_id}  {zombie.path}")
    step = f"step {zombie.step}: " if zombie.step else ""
    page.paragraph(f"{step}{zombie.edge}", indent=2, hang=2, style="red")
    grace = "not measured" if zombie.grace is None else f"{zombie.grace:.1f} s"
    page.paragraph(f"quiet for {zombie.quiet:.1f} s, grace {grace}", indent=2)
    if zombie.worker:
        page.paragraph(f"claimed by {zombie.worker}", indent=2)
    for line in zombie.evidence:
        page.paragraph(shown(blotted(line)), indent=4, hang=2, style="dim")
    page.paragraph(zombie.todo, indent=2, hang=2)
