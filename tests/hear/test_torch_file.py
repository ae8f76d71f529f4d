"""Torch file: tensors are read without PyTorch, and nothing else is."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import numpy as np
import pytest

from edge_agent.errors import ModelError
from edge_agent.hear.torch_file import MAGIC, read_tensors

NUMBERS = np.arange(6, dtype=np.float32).reshape(2, 3)


def opcodes(module: str, name: str, arguments: bytes) -> bytes:
    return f"c{module}\n{name}\n".encode() + arguments + b"R"


def text(value: str) -> bytes:
    return b"X" + len(value).to_bytes(4, "little") + value.encode()


def tensor(first: int = 0, strides: bytes = b"K\x03K\x01\x86", kind: str = "FloatStorage") -> bytes:
    """The pickle opcodes of one of shape (2, 3) whose numbers stand under the key "7"."""
    storage = b"(" + text("storage") + f"ctorch\n{kind}\n".encode() + text("7") + text("cpu") + b"K\x06Nt" + b"Q"
    return opcodes(
        "torch._utils",
        "_rebuild_tensor_v2",
        b"(" + storage + b"K" + bytes([first]) + b"K\x02K\x03\x86" + strides + b"\x89Nt",
    )


def torch_file(folder: Path, value: bytes, magic: int = MAGIC, floats: bytes = NUMBERS.tobytes()) -> Path:
    """A file as torch.save made it, with `value` as "weight" in the dictionary "state"."""
    saved = b"\x80\x02}" + text("state") + b"}" + text("weight") + value + b"ss."
    head = b"".join(pickle.dumps(each, 2) for each in (magic, 1001, {"little_endian": True}))
    file = folder / "weights.pt"
    file.write_bytes(head + saved + pickle.dumps(["7"], 2) + (6).to_bytes(8, "little") + floats)
    return file


def test_tensors_are_read_and_what_is_none_is_left_out(tmp_path: Path) -> None:
    (found,) = read_tensors(torch_file(tmp_path, tensor()), "state").items()
    assert found[0] == "weight"
    assert np.array_equal(found[1], NUMBERS)
    assert read_tensors(torch_file(tmp_path, b"K\x05"), "state") == {}


def test_what_would_run_something_is_refused_and_not_run(tmp_path: Path) -> None:
    left = tmp_path / "run"
    harm = opcodes("os", "mkdir", b"(" + text(str(left)) + b"t")
    with pytest.raises(ModelError, match=re.escape("it asks for os.mkdir")):
        read_tensors(torch_file(tmp_path, harm), "state")
    assert not left.exists()


@pytest.mark.parametrize(
    ("value", "others", "why"),
    [
        (tensor(), {"magic": 7}, "it begins otherwise"),
        (tensor(kind="HalfStorage"), {}, "asks for torch.HalfStorage"),
        (tensor(strides=b"K\x01K\x02\x86"), {}, "not of one piece"),
        (tensor(first=4), {}, "reshape"),
        (tensor(), {"floats": b""}, "reshape"),
    ],
)
def test_what_is_no_such_file_is_one_clear_error(
    tmp_path: Path, value: bytes, others: dict[str, object], why: str
) -> None:
    with pytest.raises(ModelError, match=why):
        read_tensors(torch_file(tmp_path, value, **others), "state")  # type: ignore[arg-type]


def test_a_file_that_is_cut_is_one_clear_error(tmp_path: Path) -> None:
    file = torch_file(tmp_path, tensor())
    whole = file.read_bytes()
    for length in range(0, len(whole) - 24, 7):
        file.write_bytes(whole[:length])
        with pytest.raises(ModelError, match="no file of tensors"):
            read_tensors(file, "state")
    with pytest.raises(ModelError, match="cannot be read"):
        read_tensors(tmp_path / "none.pt", "state")
