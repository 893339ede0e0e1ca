"""The Rust worker's template engine, played with Jinja2 (spec: noetl-rust 3.6).

What differs from the Python worker and is on record: what a value looks like as text (`true`, `none`, maps as JSON),
the `.result` alias of every map, the filters that NoETL registers, undefined values, and that the rendered text is
parsed as JSON if it parses. What minijinja lacks against Jinja2 (methods of strings and lists, some filters) is not
played: such a template works here.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import ChainableUndefined, TemplateError, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from harness.embedded.worker.rust.errors import ToolError
from harness.embedded.worker.rust.json_text import parse


def shown(value: Any) -> str:
    """A value as minijinja prints it inside `{{ }}`."""
    return value if isinstance(value, str) else _debug(value)


def _debug(value: Any) -> str:
    match value:
        case Undefined():
            return ""
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case Mapping():
            return "{" + ", ".join(f"{_debug(key)}: {_debug(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_debug, value)) + "]"
        case _:
            return str(value)


def _in_json(value: Any) -> Any:
    """What JSON has no word for. Nothing is null, also inside a list or an object."""
    return None if isinstance(value, Undefined) else shown(value)


def _float(value: Any) -> float:
    try:
        return float(shown(value))
    except ValueError:
        return 0.0


def _int(value: Any) -> int:
    try:
        return int(shown(value))
    except ValueError:
        return int(_float(value))


def _length(value: Any) -> int:
    return len(value.encode()) if isinstance(value, str) else len(value) if isinstance(value, Mapping | list) else 0


def _filters() -> dict[str, Any]:
    def default(value: Any, fallback: Any = "") -> Any:
        return fallback if value is None or isinstance(value, Undefined) else value

    def from_json(value: Any) -> Any:
        try:
            return parse(shown(value))
        except ValueError:
            return None

    def to_json(value: Any) -> str:
        return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False, default=_in_json)

    def join(value: Any, separator: str = "") -> str:
        return separator.join(map(shown, value)) if isinstance(value, list | Mapping) else shown(value)

    return {
        "int": _int,
        "float": _float,
        "default": default,
        "d": default,
        "tojson": to_json,
        "fromjson": from_json,
        "length": _length,
        "len": _length,
        "upper": lambda value: shown(value).upper(),
        "lower": lambda value: shown(value).lower(),
        "trim": lambda value: shown(value).strip(),
        "replace": lambda value, old, new: shown(value).replace(old, new),
        "split": lambda value, separator: shown(value).split(separator),
        "join": join,
        "b64encode": lambda value: base64.b64encode(shown(value).encode()).decode(),
        "b64decode": lambda value: base64.b64decode(shown(value)).decode(),
    }


class _Environment(ImmutableSandboxedEnvironment):
    """Maps have their keys and `result`, and nothing else."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self._member(obj, attribute) if isinstance(obj, Mapping) else super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        return self._member(obj, argument) if isinstance(obj, Mapping) else super().getitem(obj, argument)

    def _member(self, obj: Mapping[str, Any], key: Any) -> Any:
        if key in obj:
            return obj[key]
        return obj if key == "result" else self.undefined(obj=obj, name=key)


@lru_cache(maxsize=2)
def _environment(chainable: bool) -> _Environment:
    environment = _Environment(undefined=ChainableUndefined if chainable else Undefined, finalize=shown)
    environment.filters.update(_filters())
    return environment


@lru_cache(maxsize=512)
def _compiled(template: str, chainable: bool) -> Any:
    return _environment(chainable).from_string(template)


def render(value: Any, context: Mapping[str, Any], *, chainable: bool) -> Any:
    """Every template in `value`, at any depth. Raises `ToolError` `Template error: …`.

    `chainable` is how undefined values behave since tools 3.1.0: `{{ a.b.c }}` of nothing is empty, not an error.
    """
    match value:
        case str() if "{{" in value or "{%" in value:
            return _parsed(_text(value, context, chainable))
        case Mapping():
            return {key: render(item, context, chainable=chainable) for key, item in value.items()}
        case list():
            return [render(item, context, chainable=chainable) for item in value]
        case _:
            return value


def _text(template: str, context: Mapping[str, Any], chainable: bool) -> str:
    try:
        return str(_compiled(template, chainable).render(context))
    except TemplateError as error:
        raise ToolError.template(f"{_complaint(str(error))} (in <string>:1)") from error
    except (TypeError, ValueError, ZeroDivisionError) as error:
        raise ToolError.template(f"invalid operation: {error} (in <string>:1)") from error


def _complaint(text: str) -> str:
    """minijinja's words for what Jinja2 says, as far as they are on record."""
    if unknown := re.match(r"No filter named '(\w+)'", text):
        return f"unknown filter: filter {unknown[1]} is unknown"
    if "undefined" in text or "has no" in text:
        return "undefined value"
    if text.startswith("unexpected end of template, expected 'end of print statement'"):
        text = "unexpected end of input, expected end of variable block"
    return f"syntax error: {text}"


def _parsed(text: str) -> Any:
    try:
        return parse(text)
    except ValueError:
        return text
