"""What a report says about the machine, and what it keeps to itself."""

from __future__ import annotations

import json
from pathlib import Path

from edge_agent import __version__
from edge_agent.bench.machine import machine, models
from edge_agent.store import Model


def test_every_field_is_filled_and_fits_json() -> None:
    found = json.loads(json.dumps(machine()))
    assert found["cores"] >= 1
    assert found["memory_mb"] > 100
    assert found["edge_agent"] == __version__
    assert found["packages"]["numpy"]


def test_the_cpu_by_name(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel name\t: Some CPU @ 2.60GHz\nflags\t\t: a:b c\n\nprocessor\t: 1\n")
    assert machine(cpuinfo)["cpu"] == "Some CPU @ 2.60GHz"


def test_a_system_without_cpuinfo_is_no_error(tmp_path: Path) -> None:
    assert "cpu" in machine(tmp_path / "none")


def test_models_without_a_path_of_this_machine(tmp_path: Path) -> None:
    file = tmp_path / "own.gguf"
    own = Model(str(file), "llm", "llama.cpp", tmp_path, {"own.gguf": file}, None, "own", {}, 1)
    assert models([own]) == {"llm": {"name": "own.gguf", "licence": "own", "sha256": {}}}
    assert str(tmp_path) not in json.dumps(models([own]))
