"""Blotting secrets out of what people get to see. A last net: no part relies on it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

HIDDEN = "***"

LEAKED = "***secret-"
"""Begins what stands in a recording for a secret that the harness itself had handed to a lane."""

SECRET_TEXTS: tuple[re.Pattern[str], ...] = (
    re.compile(r"(:/{1,2}[^\s/@:]*:)([^\s/]*)(@)"),
    re.compile(r"(password\s*=\s*)('[^']{0,999}'|\"[^\"]{0,999}\"|[^\s&]+)()", re.IGNORECASE),
    re.compile(r"((?:bearer|basic)[ \t]+)([\w.~+/=-]{8,})()", re.IGNORECASE),
)
"""What has the form of a secret: the password of a URL or of a `password=` pair, and what follows `Bearer` or `Basic`.
The second group is the secret, the first and the third stand around it. Each takes time in proportion to the text:
results of many megabytes come by."""

_SIGNS = ("@", "password", "bearer", "basic")
"""One of these is in every text that has the form of a secret; looking for them first spares most texts the rest."""

_SECRET_KEY = re.compile(r"(password|passwd|secret|token|api[_-]?key|authorization|private_key)$", re.IGNORECASE)


def blotted(text: str) -> str:
    """`text` without what has the form of a secret. What stands for one already stays: equal ones can be told by it."""
    folded = text.casefold()
    if not any(sign in folded for sign in _SIGNS):
        return text
    for pattern in SECRET_TEXTS:
        text = pattern.sub(_blot, text)
    return text


def _blot(found: re.Match[str]) -> str:
    return found[0] if found[2].startswith(HIDDEN) else f"{found[1]}{HIDDEN}{found[3]}"


def blotted_value(value: Any) -> Any:
    """A JSON value with every text blotted, and with texts under keys such as `password` or `api_key` hidden whole."""
    match value:
        case str():
            return blotted(value)
        case None | int() | float():
            return value
        case Mapping():
            return {key: _entry(str(key), part) for key, part in value.items()}
        case list() | tuple():
            return [blotted_value(part) for part in value]
        case _:
            return value


def url_passwords(*texts: str) -> frozenset[str]:
    """The passwords inside those of the texts that are URLs, as they are written and as they are meant."""
    found = (urlsplit(text).password for text in texts if "://" in text)
    return frozenset(form for password in found if password for form in (password, unquote(password)))


def hidden(text: str, secrets: Iterable[str]) -> str:
    """`text` without these words."""
    for word in sorted(secrets, key=len, reverse=True):
        text = text.replace(word, HIDDEN) if word else text
    return text


@lru_cache(maxsize=4096)
def names_secret(key: str) -> bool:
    """Whether a value under this key is a secret by its name, such as `db_password` or `api_key`."""
    return bool(_SECRET_KEY.search(key))


def _entry(key: str, value: Any) -> Any:
    if not isinstance(value, str):
        return blotted_value(value)
    return HIDDEN if value and names_secret(key) and not value.startswith(HIDDEN) else blotted(value)
