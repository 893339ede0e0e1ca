"""Stands in for the program `kind`: its clusters are files, and every cluster is the API of the tests.

Told by its environment: STAND_IN_KIND is a folder with `kubeconfig` (how the API is reached), where it keeps
`calls.jsonl` (what it was asked) and `clusters/`. STAND_IN_KIND_FAILS names a command that fails.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import urllib.request
from pathlib import Path

import yaml

STATE = Path(os.environ.get("STAND_IN_KIND", ""))
CLUSTERS = STATE / "clusters"


def main(arguments: list[str]) -> int:
    CLUSTERS.mkdir(exist_ok=True)
    with (STATE / "calls.jsonl").open("a", encoding="utf-8") as calls:
        calls.write(json.dumps(arguments) + "\n")
    if arguments[:2] == os.environ.get("STAND_IN_KIND_FAILS", "").split():
        print("ERROR: the node does not start", file=sys.stderr)
        return 1
    match arguments:
        case ["get", "clusters"]:
            print("\n".join(cluster.name for cluster in CLUSTERS.iterdir()))
        case ["create", "cluster", *rest]:
            options = dict(zip(rest[::2], rest[1::2], strict=True))
            (CLUSTERS / options["--name"]).touch()
            _make_node(Path(options["--config"]))
            shutil.copy(STATE / "kubeconfig", options["--kubeconfig"])
        case ["export", "kubeconfig", "--name", _, "--kubeconfig", path]:
            shutil.copy(STATE / "kubeconfig", path)
        case ["load", "docker-image", *_]:
            pass
        case ["delete", "cluster", "--name", name, "--kubeconfig", _]:
            (CLUSTERS / name).unlink(missing_ok=True)
        case _:
            print(f"ERROR: unknown command {arguments}", file=sys.stderr)
            return 1
    return 0


def _make_node(config: Path) -> None:
    """As kind does: the node has the labels of the configuration."""
    (node,) = yaml.safe_load(config.read_text(encoding="utf-8"))["nodes"]
    body = {"metadata": {"name": "node", "labels": node.get("labels", {})}}
    url = json.loads((STATE / "kubeconfig").read_text(encoding="utf-8"))["clusters"][0]["cluster"]["server"]
    request = urllib.request.Request(f"{url}/api/v1/nodes", json.dumps(body).encode(), method="POST")
    request.add_header("Content-Type", "application/json")
    urllib.request.urlopen(request).close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
