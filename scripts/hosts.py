"""Hosts named in the native libraries that users get, against those reviewed in scripts/hosts.txt.

.venv/bin/python scripts/hosts.py        exit code: 0 all were reviewed, 1 some were not

A wheel that begins to call home mostly names the place: so onnxruntime's telemetry (from 1.29 on) can be seen before it
is run. An address that is put together from parts is not seen, as that of Hugging Face in libllama-common.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections import defaultdict
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).parents[1]
REVIEWED = ROOT / "scripts" / "hosts.txt"
URL = re.compile(rb"(?:https?|wss?|ftps?)://(?:[\w.-]+@)?([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
"""With a dot: what has none is no host of the public network."""
LIBRARY = re.compile(r"\.so(\.[\d.]+)?$")


def locked() -> set[str]:
    """The packages that users get: all that edge-agent needs in uv.lock, whatever the platform."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))
    needs = {each["name"]: each for each in lock["package"]}
    found, open_ = set[str](), ["edge-agent"]
    while open_:
        name = open_.pop()
        if name not in found:
            found.add(name)
            extras = [need for group in needs[name].get("optional-dependencies", {}).values() for need in group]
            open_ += [need["name"] for need in [*needs[name].get("dependencies", []), *extras]]
    return found


def libraries(package: str) -> list[Path]:
    """Its shared libraries, where it is installed."""
    try:
        files = distribution(package).files or []
    except PackageNotFoundError:
        return []
    return [path for file in files if LIBRARY.search(file.name) and (path := Path(str(file.locate()))).is_file()]


def hosts(library: Path) -> set[str]:
    return {host.decode().lower().rstrip("-") for host in URL.findall(library.read_bytes())}


def reviewed() -> set[str]:
    """The first word of each line; the rest says why the host is harmless."""
    lines = REVIEWED.read_text("utf-8").splitlines()
    return {line.split()[0] for line in lines if line.strip() and not line.startswith("#")}


def main() -> int:
    named = defaultdict[str, set[str]](set)
    for package in sorted(locked()):
        for library in libraries(package):
            for host in hosts(library):
                named[host].add(f"{package} ({library.name})")
    known = reviewed()
    for host in sorted(named.keys() - known):
        print(f"{host}: not in {REVIEWED.name}; named by {', '.join(sorted(named[host]))}")
    return 1 if named.keys() - known else 0


if __name__ == "__main__":
    sys.exit(main())
