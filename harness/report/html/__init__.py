"""The report that people open in a browser: one file that asks nobody for anything."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, TextIO

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from harness.files.coverage import coverage
from harness.files.features import Feature
from harness.history.stored import as_stored
from harness.history.trend import trend
from harness.judge.latency import by_kind, by_step
from harness.judged import Judged
from harness.model.secrets import blotted
from harness.model.suite import Terminal
from harness.model.verdict import RunVerdict
from harness.report import words
from harness.report.html import names
from harness.report.html.case import case_page
from harness.report.html.charts import TrendChart, latency_chart
from harness.report.html.overview import overview
from harness.report.html.rows import rows

MOST_STEPS = 60
"""Steps in the table of times: those that shifted most."""


def write(run: Judged, out: TextIO) -> None:
    """The whole report: overview, cases with a page each, latency, coverage, and the trend over the stored runs."""
    verdict = run.verdict
    environment = _environment()
    script, style = (_asset(name) for name in ("report.js", "report.css"))
    line = trend(as_stored(verdict), tuple(run.past()))
    template = environment.get_template("report.html")
    for piece in template.generate(
        verdict=verdict,
        policy=_policy(script, style),
        script=Markup(script),
        style=Markup(style),
        overview=overview(verdict, line),
        rows=rows(verdict),
        coverage=coverage([pair.case for pair in verdict.pairs], run.pools),
        kinds=latency_chart(by_kind(verdict.pairs)),
        steps=latency_chart(by_step(verdict.pairs)[:MOST_STEPS]),
        trend=TrendChart(line),
        pages=_pages(environment, verdict),
    ):
        out.write(piece)


def _pages(environment: Environment, verdict: RunVerdict) -> Iterator[tuple[str, str]]:
    """By case the page of it, packed: unpacked all pages of a large run would be more than a browser opens at once."""
    template = environment.get_template("case.html")
    for pair in verdict.pairs:
        text = template.render(page=case_page(verdict, pair), verdict=verdict)
        yield pair.case.id, base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("harness.report.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.globals.update(words=words, names=names, Feature=Feature, Terminal=Terminal)
    return environment


def _shown(value: Any) -> Any:
    """Every text of a report passes here."""
    return _clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@lru_cache(maxsize=10_000)
def _clean(text: str) -> str:
    """Nothing that looks like a secret, nothing that can not be seen. The same few texts come by again and again."""
    return words.visible(blotted(text))


def _asset(name: str) -> str:
    return files("harness.report.html").joinpath(name).read_text(encoding="utf-8")


def _policy(script: str, style: str) -> str:
    """The content-security policy: this script and this style, and nothing from anywhere."""
    return (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
