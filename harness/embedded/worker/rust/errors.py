"""Errors of an emulated Rust worker's tools, with the texts that it reports (NoETL tools 2.16.0)."""

from __future__ import annotations

import os


class ToolError(Exception):
    """What a Rust tool gives back as `Err`: `call.error` and `command.failed` follow, and the error line in the log."""

    @classmethod
    def not_found(cls, kind: str) -> ToolError:
        return cls(f"Tool not found: {kind}")

    @classmethod
    def configuration(cls, text: str) -> ToolError:
        return cls(f"Configuration error: {text}")

    @classmethod
    def template(cls, text: str) -> ToolError:
        return cls(f"Template error: {text}")

    @classmethod
    def http(cls, text: str) -> ToolError:
        return cls(f"HTTP error: {text}")

    @classmethod
    def database(cls, text: str) -> ToolError:
        return cls(f"Database error: {text}")

    @classmethod
    def auth(cls, text: str) -> ToolError:
        return cls(f"Authentication error: {text}")

    @classmethod
    def process(cls, text: str) -> ToolError:
        return cls(f"Process error: {text}")

    @classmethod
    def io(cls, text: str) -> ToolError:
        return cls(f"I/O error: {text}")


def os_error(error: OSError) -> str:
    """An error of the operating system as Rust words it."""
    return f"{os.strerror(error.errno or 0)} (os error {error.errno or 0})"
