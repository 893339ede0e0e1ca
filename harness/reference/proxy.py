"""What a template sees in place of a dict: the result proxy (spec: noetl-python 1.8, NoETL 4.12.0)."""

from __future__ import annotations

import json
from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from typing import Any


class TaskResultProxy:
    """A dict whose keys can be read as attributes, with NoETL's fallbacks.

    * `.data` is the proxy itself where the dict has no key `data`;
    * a key that is missing is looked up in the dict under `context`, if there is one;
    * nested dicts come back as proxies; `str()` is JSON.

    It is no `Mapping` and compares by identity, and both show in templates: `step | tojson` fails and
    `step.a == step.a` is false where `a` is a dict. The class's name, its module and the names of its slots are
    contracts as well: Jinja prints the former in the text of an undefined attribute, and `{{ step._name }}` reads the
    latter before any key of the dict. References to stored results are not resolved: that takes a store.
    """

    __module__ = "noetl.core.dsl.render"
    __slots__ = ("_data", "_name")

    def __init__(self, data: dict[Any, Any], name: str = "") -> None:
        self._data = data
        self._name = name

    def __getattr__(self, name: str) -> Any:
        data = object.__getattribute__(self, "_data")
        if name == "data" and name not in data:
            return self
        if name == "is_defined":
            return True
        if name in data:
            return _proxied(data[name], name)
        fallback = data.get("context")
        if isinstance(fallback, dict) and name in fallback:
            return _proxied(fallback[name], name)
        raise AttributeError(f"'dict' object has no attribute '{name}'")

    def __getitem__(self, key: Any) -> Any:
        try:
            return _proxied(self._data[key], str(key))
        except Exception as error:
            raise KeyError(key) from error

    def __contains__(self, key: Any) -> bool:
        return key in self._data

    def __iter__(self) -> Iterator[Any]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __str__(self) -> str:
        return json.dumps(self._data, default=str)

    __repr__ = __str__

    def get(self, key: Any, default: Any = None) -> Any:
        return self._data.get(key, default)

    def keys(self) -> KeysView[Any]:
        return self._data.keys()

    def values(self) -> ValuesView[Any]:
        return self._data.values()

    def items(self) -> ItemsView[Any, Any]:
        return self._data.items()


def _proxied(value: Any, name: str) -> Any:
    return TaskResultProxy(value, name) if isinstance(value, dict) else value
