"""The account that PostgreSQL runs under. It refuses to run as root, so root lends it another one."""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.model.errors import Exit, HarnessError


@dataclass(frozen=True, slots=True)
class Account:
    """An existing account of this machine, never root's."""

    uid: int
    gid: int
    name: str


def server_account() -> Account | None:
    """The account for servers that refuse root: None where we are not root and can run them ourselves.

    `nobody` where it exists, else the first account that is not root's. `HarnessError` (environment) without any.
    """
    if os.geteuid() != 0:
        return None
    entries = sorted((entry for entry in pwd.getpwall() if entry.pw_uid), key=lambda entry: entry.pw_name != "nobody")
    if not entries:
        raise HarnessError(
            "PostgreSQL refuses to run as root, and this machine has no other account.",
            "Run as another user, or give a server with --postgres-dsn.",
            Exit.ENVIRONMENT,
        )
    return Account(entries[0].pw_uid, entries[0].pw_gid, entries[0].pw_name)


def become(account: Account) -> None:
    """Give up root for good."""
    os.setgroups([])
    os.setresgid(account.gid, account.gid, account.gid)
    os.setresuid(account.uid, account.uid, account.uid)


def reachable(path: Path, account: Account) -> bool:
    """Whether `account` can read the file or enter the folder `path`, and every folder on the way to it. Group rights
    and ACLs do not count."""
    if not _permitted(path, account, stat.S_IXOTH if path.is_dir() else stat.S_IROTH):
        return False
    return all(_permitted(folder, account, stat.S_IXOTH) for folder in path.resolve().parents)


def run_as(account: Account | None, body: Callable[[], None]) -> bool:
    """Run `body` under `account` in a child of its own. Returns whether it ended well."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            if account:
                become(account)
            body()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    return status == 0


def _permitted(path: Path, account: Account, others: int) -> bool:
    found = path.stat()
    wanted = others << 6 if found.st_uid == account.uid else others
    return found.st_mode & wanted == wanted
