"""What the end of a run says of what it left behind."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import TextIO

import pytest
from report_runs import healthy, judged

from harness.judged import Judged
from harness.model.footprint import Footprint
from harness.model.lane import Side
from harness.report import html, markdown, terminal, words
from harness.report import json as json_format

LEFT = Footprint(
    sides=tuple(Side),
    playbooks=3,
    executions=5,
    running=1,
    events=70,
    replaced=("pg_local",),
    tables=("public.a", "public.b", "public.c", "public.d", "public.e"),
    apart=2,
)


def test_each_kind_has_a_line_and_what_there_is_not_has_none() -> None:
    unread = Footprint((Side.CANDIDATE,), problem="permission denied for postgresql://u:word@h/d")
    assert list(words.footprints(replace(healthy(), footprints=(LEFT, unread)))) == [
        "NoETL of reference and candidate: 3 playbooks, 5 executions, 1 of them still RUNNING, 70 events",
        "  1 credentials that had other values before: pg_local",
        "  5 new tables: public.a, public.b, public.c, public.d and 1 more",
        "  2 executions of others were RUNNING before; nothing here is about them",
        "NoETL of candidate: not known, since it could not be read: permission denied for postgresql://u:***@h/d",
    ]


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (terminal.write, "\nWhat the run left behind\n  NoETL of reference and candidate: 3 playbooks"),
        (markdown.write, "\n### What the run left behind\n\n```text\nNoETL of reference and candidate: 3 playbooks"),
        (html.write, "<h2>What the run left behind</h2>\n  <p>NoETL of reference and candidate: 3 playbooks"),
    ],
)
def test_only_a_run_on_a_deployment_of_others_says_what_it_left(
    write: Callable[[Judged, TextIO], None], said: str
) -> None:
    out = io.StringIO()
    write(judged(healthy()), out)
    assert "left behind" not in out.getvalue()
    out = io.StringIO()
    write(judged(replace(healthy(), footprints=(LEFT,))), out)
    assert said in re.sub(r"\n\s*<p", "\n  <p", out.getvalue())
    assert "1 credentials that had other values before: pg_local" in out.getvalue()


def test_the_verdict_as_json_has_all_names() -> None:
    out = io.StringIO()
    json_format.write(judged(replace(healthy(), footprints=(LEFT,))), out)
    (left,) = json.loads(out.getvalue())["footprints"]
    assert left["tables"] == list(LEFT.tables)
    assert left["sides"] == ["reference", "candidate"]
