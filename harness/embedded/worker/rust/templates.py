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

_ALONE = re.compile(r"\s*\{\{((?:(?!\{\{|\}\}).)*)\}\}\s*", re.DOTALL)
"""One expression and nothing else."""


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
def _environment(since_3_1: bool) -> _Environment:
    environment = _Environment(undefined=ChainableUndefined if since_3_1 else Undefined, finalize=shown)
    environment.filters.update(_filters())
    return environment


@lru_cache(maxsize=512)
def _compiled(template: str, since_3_1: bool) -> Any:
    return _environment(since_3_1).from_string(template)


def render(value: Any, context: Mapping[str, Any], *, since_3_1: bool) -> Any:
    """Every template in `value`, at any depth. Raises `ToolError` `Template error: …`.

    Since tools 3.1.0 an attribute of nothing is nothing, not an error, and an expression that stands alone and does not
    come out as JSON is asked for once more as JSON: `{{ nothing }}` is null there, and empty text before.
    """
    match value:
        case str() if "{{" in value or "{%" in value:
            return _rendered(value, context, since_3_1)
        case Mapping():
            return {key: render(item, context, since_3_1=since_3_1) for key, item in value.items()}
        case list():
            return [render(item, context, since_3_1=since_3_1) for item in value]
        case _:
            return value


def _rendered(template: str, context: Mapping[str, Any], since_3_1: bool) -> Any:
    text = _text(template, context, since_3_1)
    try:
        return parse(text)
    except ValueError:
        pass  # it is text, unless it can be had as JSON
    alone = _ALONE.fullmatch(template)
    if alone is None or not since_3_1:
        return text
    try:
        return parse(_text(f"{{{{ {alone[1]} | tojson }}}}", context, since_3_1))
    except (ToolError, ValueError):
        return text


def _text(template: str, context: Mapping[str, Any], since_3_1: bool) -> str:
    try:
        return str(_compiled(template, since_3_1).render(context))
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
