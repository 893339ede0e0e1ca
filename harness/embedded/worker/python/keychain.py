"""The keychain as the Python worker opens it, just before a tool is called (spec: noetl-python 1.10, 1.11).

Tokens are not renewed: the release does that within 300 s of their end only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.embedded.worker.server import Server, Unreachable
from harness.reference.keychain import mentioned, opened


async def unlocked(
    config: Mapping[str, Any], given: Mapping[str, Any], context: Mapping[str, Any], server: Server
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The three with references replaced, and with the entries that are mentioned as `keychain` in the context.

    An entry that can not be had is empty: the release says so in its log and goes on.
    """
    names = mentioned(config) | mentioned(given)
    entries = {name: await _entry(name, context, server) for name in sorted(names)}
    known = {**context, "keychain": entries} if entries else dict(context)
    return opened(config, entries), opened(given, entries), known


async def _entry(name: str, context: Mapping[str, Any], server: Server) -> dict[str, Any]:
    """From the global scope, else from that of the execution."""
    path = f"/api/keychain/{context.get('catalog_id')}/{name}"
    local = {"scope_type": "local", "execution_id": str(context["execution_id"])}
    for params in ({"scope_type": "global"}, local):
        try:
            reply = await server.call("GET", path, params=params)
            found = reply.json().get("token_data") if reply.ok else None
        except (Unreachable, ValueError):
            return {}
        if isinstance(found, Mapping):
            return dict(found)
    return {}
