"""The folder over which the process that runs the engine tells all others about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from harness.recording.write import write_whole


@dataclass(frozen=True, slots=True)
class Ended:
    """The engine has ended. `problem` says why it has no verdict, None where it has; `told`: it was told to end."""

    problem: str | None = None
    told: bool = False


_ENDED: TypeAdapter[Ended] = TypeAdapter(Ended)


@dataclass(frozen=True, slots=True)
class Desk:
    """Two notes in `folder`: where the recording is, and that there will be nothing more in it."""

    folder: Path

    def begin(self, recording: Path) -> None:
        """The recording is in this folder."""
        write_whole(self.folder / "recording", str(recording).encode())

    def end(self, ended: Ended) -> None:
        """The recording is as it will be."""
        write_whole(self.folder / "ended", _ENDED.dump_json(ended))

    def recording(self) -> Path | None:
        """None before the engine has one."""
        note = _read(self.folder / "recording")
        return Path(note.decode()) if note is not None else None

    def ended(self) -> Ended | None:
        """None while the engine runs."""
        note = _read(self.folder / "ended")
        return _ENDED.validate_json(note) if note is not None else None


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
