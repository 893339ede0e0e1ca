"""A run's folder as one file, for an issue: equal folders give equal bytes."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.model.errors import HarnessError
from harness.model.secrets import blotted, blotted_value
from harness.recording.read import Recording
from harness.recording.write import write_whole

SCHEMA = "noetl-harness/bundle/1"

INDEX_FILE = "index.json"


@dataclass(frozen=True, slots=True)
class Packed:
    """A file of the bundle. `changed`: something in it still had the form of a secret, and was taken out; a recording
    that was changed says so when it is judged."""

    name: str
    size: int
    sha256: str
    changed: bool


def bundle(recording: Recording, output: Path) -> tuple[Packed, ...]:
    """Write the folder of a recording to `output`, a .tar.gz with an `index.json` of what is in it.

    Only regular files that are text go in; hidden ones (half-written) and links do not. Raises `HarnessError` where one
    is no text, or where `output` can not be written.
    """
    packed: list[Packed] = []
    contents: list[tuple[str, bytes]] = []
    for path in _files(recording.folder):
        name = path.relative_to(recording.folder).as_posix()
        before = path.read_bytes()
        content = _clean(path, before)
        contents.append((name, content))
        packed.append(Packed(name, len(content), hashlib.sha256(content).hexdigest(), content != before))
    run_id = recording.manifest.run_id
    index = {"schema": SCHEMA, "run_id": run_id, "files": [asdict(one) for one in packed]}
    contents.insert(0, (INDEX_FILE, json.dumps(index, indent=2).encode() + b"\n"))
    try:
        write_whole(output, _archive(run_id, contents))
    except OSError as error:
        raise HarnessError(
            f"{output} can not be written: {error.strerror}", "Name another place: --output FILE."
        ) from error
    return tuple(packed)


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
            yield path


def _clean(path: Path, content: bytes) -> bytes:
    """The same bytes, unless something in them has the form of a secret. They are redacted already: this is a net."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise HarnessError(
            f"{path} is no text", "Take it out of the run's folder: nothing says what it holds."
        ) from None
    match path.suffix:
        case ".json":
            return _clean_json(text).encode()
        case ".jsonl":
            return "".join(_clean_json(line) for line in text.splitlines(keepends=True)).encode()
        case _:
            return blotted(text).encode()


def _clean_json(text: str) -> str:
    try:
        value = json.loads(text)
    except ValueError:
        return blotted(text)
    clean = blotted_value(value)
    return text if clean == value else json.dumps(clean, ensure_ascii=False) + "\n"


def _archive(run_id: str, contents: list[tuple[str, bytes]]) -> bytes:
    """No time, no owner: nothing in it but names and bytes."""
    out = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=out, mode="wb", mtime=0, filename="") as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, content in contents:
            member = tarfile.TarInfo(f"{run_id}/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()
