"""The file behind `noetl-harness env up --images FILE`: what runs in a kind cluster of one's own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from harness.files.yaml import checked, load_yaml
from harness.model.kind import Images

_NAME = re.compile(
    r"(?P<name>[a-z0-9]+([._-]+[a-z0-9]+)*(:[0-9]+(?=/))?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*)"
    r"(:(?P<tag>\w[\w.-]{0,127}))?(@(?P<digest>sha256:[0-9a-f]{64}))?"
)


def _pinned(image: str) -> str:
    found = _NAME.fullmatch(image)
    if not found:
        raise ValueError("this is no name of an image")
    if not found["digest"] and found["tag"] in (None, "latest"):
        raise ValueError("name a tag other than latest, or a digest: a run must say what it ran")
    return image


Image = Annotated[str, AfterValidator(_pinned)]
Part = Literal["postgres", "nats", "server", "python_worker", "rust_worker", "test_server"]


class ImagesFile(BaseModel):
    """The images; the meaning of each field is that of `harness.model.kind.Images`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    node: Image
    postgres: Image
    nats: Image
    server: Image
    python_worker: Image
    rust_worker: Image
    test_server: Image
    local: tuple[Part, ...] = Field(default=())


def load_images(path: Path) -> Images:
    """Raises `HarnessError` with line and column for each thing that is wrong."""
    return Images(**checked(load_yaml(path), ImagesFile).model_dump())
