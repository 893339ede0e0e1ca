"""NoETL 4.12.0's three template renderers, which differ (spec: noetl-python 1.8).

* (a) `render_server`, for an arc's `when`, `loop.in`, a step's `set`: a plain name gives the native object, else text
  but for the words true and false; an undefined name is an error, errors are raised.
* (b) `render_value`, for step input, tool and task config, an arc's `set`: a plain name gives the native object, else
  text is coerced to a type; an undefined name is `""`, or an error if `strict`; on error the template is the answer.
* (c) `render_policy`, for a policy's `when` and `set`: always text, but `{..}` and `[..]` are parsed; an undefined name
  is `""`; on error the template is the answer.

Two departures, both meant: templates run in Jinja's immutable sandbox (the release uses no sandbox, so a template that
reaches for `__class__` or calls `list.append` fails here), and references to stored results stay references, since
resolving them takes a store. The latest 1000 compiled templates are kept.
"""

from __future__ import annotations

import ast
import base64
import json
import re
import warnings
from contextlib import suppress
from functools import cache, lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from harness.reference.proxy import TaskResultProxy

_SERVER_PLAIN = frozenset({"ctx", "iter", "loop", "event", "workload", "output", "job"})
_VALUE_PLAIN = frozenset(
    {"work", "workload", "context", "env", "job", "input", "data", "results", "ctx", "iter", "loop", "event"}
)
_SERVER_PATH = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
_EXPRESSION = re.compile(r"{{(.*?)}}")
_OPERATORS = ("==", "!=", "<", ">", "+", "-", "*", "/", "|", " if ", " else ")
_COMPILED_KEPT = 1000
_FLAGS = {"true": True, "false": False}
_MISSING = object()


def render_server(template: Any, context: dict[str, Any]) -> Any:
    """Renderer (a): a native object for `{{ a.b }}`, else text, else bool for the words true and false.

    Anything but a string with `{{` comes back as it is. Raises what Jinja raises: `UndefinedError` for a name that is
    not there, `TemplateSyntaxError`, or the error of an expression.
    """
    if not isinstance(template, str) or "{{" not in template:
        return template
    plain = _SERVER_PATH.fullmatch(template.strip())
    if plain and (found := _walk_objects(plain[1], context)) is not _MISSING:
        return found
    text = _compile(template, strict=True).render(**_wrapped(context, _SERVER_PLAIN))
    return _FLAGS.get(text.lower(), text)


def render_value(value: Any, context: dict[str, Any], *, strict: bool = False) -> Any:
    """Renderer (b): every string in `value`, through dicts and lists, coerced to a type.

    `strict` is the server's environment, in which an undefined name is an error; the worker's renders it as `""`.
    Never raises for a template: the text of one that fails comes back unchanged.
    """
    if isinstance(value, str):
        return _render_text(value, context, strict) if _is_template(value) else value
    if isinstance(value, dict):
        return {key: render_value(item, context, strict=strict) for key, item in value.items()}
    if isinstance(value, list):
        return [render_value(item, context, strict=strict) for item in value]
    return value


def render_policy(template: str, context: dict[str, Any]) -> Any:
    """Renderer (c): text, but what looks like a JSON or Python dict or list is parsed.

    The names are bound as they are, without proxies. A template that fails, or whose result looks like a dict or list
    and is none, comes back unchanged.
    """
    try:
        text = _compile(template, strict=False).render(**context)
        stripped = text.strip()
        return _parse_literal(stripped) if _is_bracketed(stripped) else text
    except Exception:  # noqa: BLE001 - the rule: whatever fails, the template is the answer
        return template


def _render_text(template: str, context: dict[str, Any], strict: bool) -> Any:
    expression = template.strip()
    if expression == "{{}}":
        return ""
    if (found := _walk_dicts(expression, context)) is not _MISSING:
        return found
    try:
        compiled = _compile(template, strict)
        try:
            text = compiled.render(**_value_names(context))
        except Exception as error:  # noqa: BLE001 - the rule: whatever fails, the template is the answer
            return _render_shortened(template, context, strict, str(error))
        return text if "| tojson" in template or "|tojson" in template else _coerced(text)
    except Exception:  # noqa: BLE001 - likewise for what does not compile or is too deep to parse
        return template


def _render_shortened(template: str, context: dict[str, Any], strict: bool, error: str) -> Any:
    """The second try: a plain dict had no `data` or `result`, so `.data.` and `.result.` are taken out of the first
    expression. What comes of it is text, never coerced."""
    if not any(f"'dict object' has no attribute '{name}'" in error for name in ("data", "result")):
        return template
    if not (first := _EXPRESSION.search(template)):
        return template
    path = first[1].strip()
    shortened = template.replace(path, path.replace(".data.", ".").replace(".result.", "."))
    try:
        return _compile(shortened, strict).render(**context)
    except Exception:  # noqa: BLE001 - the rule: whatever fails, the template is the answer
        return template


def _is_template(text: str) -> bool:
    return ("{{" in text and "}}" in text) or ("{%" in text and "%}" in text)


def _is_bracketed(text: str) -> bool:
    return (text.startswith("{") and text.endswith("}")) or (text.startswith("[") and text.endswith("]"))


def _walk_dicts(expression: str, context: dict[str, Any]) -> Any:
    """The object that a plain dotted path names, through dicts only; `_MISSING` if Jinja has to say."""
    if not (expression.startswith("{{") and expression.endswith("}}")):
        return _MISSING
    path = expression[2:-2].strip()
    if any(operator in path for operator in _OPERATORS):
        return _MISSING
    value: Any = context
    for part in path.split("."):
        if not isinstance(value, dict) or part.strip() not in value:
            return _MISSING
        value = value[part.strip()]
    return value


def _walk_objects(path: str, context: dict[str, Any]) -> Any:
    """As `_walk_dicts`, but attributes of other objects count too: `{{ name.upper }}` is a method."""
    value: Any = context
    for part in path.split("."):
        if isinstance(value, dict):
            if part not in value:
                return _MISSING
            value = value[part]
        else:
            attribute = getattr(value, part, _MISSING)
            if attribute is _MISSING or not _environment(True).is_safe_attribute(value, part, attribute):
                return _MISSING
            value = attribute
    return value


def _wrapped(context: dict[str, Any], plain: frozenset[str]) -> dict[str, Any]:
    """The context as Jinja gets it: dicts as proxies, lists as `{"result": list}`, but for the `plain` names."""
    return {name: value if name in plain else _wrap(name, value) for name, value in context.items()}


def _value_names(context: dict[str, Any]) -> dict[str, Any]:
    names = _wrapped(context, _VALUE_PLAIN)
    if isinstance(context.get("result"), dict):
        names["result"] = TaskResultProxy(context["result"])  # the one proxy without a name
    return names


def _wrap(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return TaskResultProxy(value, name)
    return {"result": value} if isinstance(value, list) else value


def _coerced(text: str) -> Any:
    """Rendered text as the type it looks like, in the release's order: `"007"` is 7, `"1e5"` is 100000.0."""
    if _is_bracketed(text):
        with suppress(json.JSONDecodeError):
            return json.loads(text)
    try:
        return _coerced_scalar(text)
    except Exception:  # noqa: BLE001 - the rule: what can't be read as a literal stays text
        return "" if text.strip() == "" else text


def _coerced_scalar(text: str) -> Any:
    if text.lower() in _FLAGS:
        return _FLAGS[text.lower()]
    if text.isdigit():
        return int(text)
    if _looks_like_float(text):
        return float(text)
    return None if text.strip().lower() in ("none", "null") else _python_literal(text)


def _looks_like_float(text: str) -> bool:
    digits = text.replace(".", "", 1).replace("e", "", 1).replace("E", "", 1).lstrip("+-").replace("0", "1")
    return any(mark in text for mark in ".eE") and digits.isdigit()


def _parse_literal(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return _python_literal(text)


def _python_literal(text: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the compiler warns of odd escapes in what is only somebody's data
        return ast.literal_eval(text)


class _Environment(ImmutableSandboxedEnvironment):
    """The sandbox, open to the keys of a proxied dict that begin with an underscore, such as `{{ step._prev }}`."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, TaskResultProxy) and (attr in TaskResultProxy.__slots__ or not hasattr(type(obj), attr)):
            return True
        return super().is_safe_attribute(obj, attr, value)


@cache
def _environment(strict: bool) -> _Environment:
    environment = _Environment(undefined=StrictUndefined if strict else Undefined)
    environment.filters["b64encode"] = _b64encode
    environment.filters["encrypt_secret"] = _encrypt_secret
    return environment


@lru_cache(maxsize=_COMPILED_KEPT)
def _compile(template: str, strict: bool) -> Template:
    return _environment(strict).from_string(template)


def _b64encode(value: Any) -> str:
    return base64.b64encode(str(value).encode()).decode()


def _encrypt_secret(value: Any) -> str:
    """JSON text. The release's filter encrypts nothing, whatever its name says."""
    data = json.loads(value) if isinstance(value, str) else value
    if isinstance(data, str) and _is_bracketed(data.strip()):
        return data.strip()
    try:
        return json.dumps(data, default=str)
    except Exception:  # noqa: BLE001 - the rule: what has no JSON, such as a strict undefined, is given as its text
        return json.dumps({"value": str(data)})
