"""JUnit XML: a suite for each case with a test for each check, in the form that Ant, Surefire and Jenkins share.

That form has properties on suites only, no attribute on the root, and this order inside a suite: properties, tests,
system-out, system-err.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TextIO, assert_never
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from harness.judged import Judged
from harness.model.check import Check, CheckName, CheckState
from harness.model.secrets import blotted
from harness.model.verdict import Leg, Pair
from harness.report import words

_COUNTED = ("failure", "error", "skipped")


def write(run: Judged, out: TextIO) -> None:
    """The run as a whole comes first: what is wrong with it is an error, and no report is green without it."""
    root = Element("testsuites")
    suites = [_run(run), *(_case(run, pair) for pair in run.verdict.pairs)]
    for number, suite in enumerate(suites):
        suite.set("id", str(number))
        suite.set("timestamp", f"{run.manifest.started:%Y-%m-%dT%H:%M:%S}")
        for outcome, attribute in zip(_COUNTED, ("failures", "errors", "skipped"), strict=True):
            suite.set(attribute, str(len(suite.findall(f"testcase/{outcome}"))))
        root.append(suite)
    indent(root)
    out.write(f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n')


def _run(run: Judged) -> Element:
    verdict = run.verdict
    properties = {
        "run": verdict.run_id,
        "reference": verdict.reference,
        "candidate": verdict.candidate,
        "routing": verdict.routing,
        "emulated": " ".join(verdict.emulated),
        "suite_digest": verdict.suite_digest,
        "summary": words.summary(verdict),
        "exit": str(verdict.exit),
    }
    suite = _suite("noetl-harness", "noetl-harness", 1, verdict.seconds, properties)
    test = _test(suite, "noetl-harness", "run", verdict.seconds)
    sentences = list(words.alarms(verdict))
    if sentences:
        _outcome(test, "error", "indeterminate", sentences)
    return _ended(suite, ())


def _case(run: Judged, pair: Pair) -> Element:
    area, _, name = pair.case.id.rpartition("/")
    classname = pair.case.id.replace("/", ".")
    seconds = pair.reference.evidence.seconds + pair.candidate.evidence.seconds
    checks = run.checks[pair.case.id]
    suite = _suite(name, area or name, len(checks), seconds, _properties(run, pair))
    for check in checks:
        test = _test(suite, classname, check.name.value, seconds if check.name is CheckName.PARITY else 0.0)
        _answer(test, pair, check)
    return _ended(suite, (*_log(pair.reference), *_log(pair.candidate)))


def _properties(run: Judged, pair: Pair) -> Mapping[str, str]:
    return {
        "case": pair.case.id,
        "verdict": pair.verdict.value,
        "standing": pair.standing.value,
        "reference": pair.reference.verdict.value,
        "candidate": pair.candidate.verdict.value,
        "tags": " ".join(pair.case.tags),
        "causes": "; ".join(words.by_fingerprint(pair)),
        "known": "; ".join(dict.fromkeys(finding.fingerprint for finding, _ in pair.excused)),
        "owners": " ".join(words.owners(pair)),
        "reproduce": words.reproduce(run.verdict, pair),
    }


def _answer(test: Element, pair: Pair, check: Check) -> None:
    match check.state:
        case CheckState.PASSED:
            pass
        case CheckState.KNOWN:
            _outcome(test, "skipped", "known", list(words.on_record(check)) or [words.standing(pair)])
        case CheckState.UNDECIDED:
            _outcome(test, "error", "indeterminate", [words.standing(pair), *words.departures(pair)])
        case CheckState.FAILED:
            kind = check.findings[0].fingerprint if check.findings else pair.standing.value
            told = words.departures(pair) if check.name is CheckName.PARITY else words.of_check(check)
            _outcome(test, "failure", kind, [words.standing(pair), *told])
        case never:
            assert_never(never)


def _outcome(test: Element, outcome: str, kind: str, lines: Sequence[str]) -> None:
    element = SubElement(test, outcome, {"type": _text(kind), "message": _text(lines[0])})
    element.text = _text("\n".join(lines))


def _suite(name: str, package: str, tests: int, seconds: float, properties: Mapping[str, str]) -> Element:
    values = {"name": name, "package": package, "hostname": "localhost", "tests": str(tests), "time": f"{seconds:.3f}"}
    suite = Element("testsuite", {key: _text(value) for key, value in values.items()})
    held = SubElement(suite, "properties")
    for key, value in properties.items():
        SubElement(held, "property", {"name": key, "value": _text(value)})
    return suite


def _test(suite: Element, classname: str, name: str, seconds: float) -> Element:
    return SubElement(suite, "testcase", {"classname": _text(classname), "name": name, "time": f"{seconds:.3f}"})


def _ended(suite: Element, log: Sequence[str]) -> Element:
    SubElement(suite, "system-out").text = ""
    SubElement(suite, "system-err").text = _text("\n".join(log))
    return suite


def _log(leg: Leg) -> Iterator[str]:
    for line in leg.evidence.log:
        yield f"{leg.evidence.side.value}: {words.shown(line.text)}"


def _text(value: str) -> str:
    """Free of secrets, and of the signs that XML can not hold."""
    return words.visible(blotted(value))
