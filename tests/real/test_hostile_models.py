"""Models that were tampered with, made of real ones: the template of a GGUF is never run, nor compiled."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from edge_agent import build, engines
from edge_agent.config import load

pytestmark = pytest.mark.model

SETTINGS = load({"models": {"profile": "tiny"}})
KEY = b"tokenizer.chat_template"


@pytest.mark.parametrize("payload", ["{{{{ cycler.__init__.__globals__.os.system('touch {mark}') }}}}", "{{% if"])
def test_a_chat_template_of_a_file_is_not_looked_at(payload: str, tmp_path: Path) -> None:
    content = bytearray(build.choose_one(SETTINGS, "llm").main.read_bytes())
    at = content.index(KEY) + len(KEY) + 4  # after the type of the value
    (length,) = struct.unpack_from("<Q", content, at)
    mark, hostile = tmp_path / "mark", tmp_path / "hostile.gguf"
    template = payload.format(mark=mark).encode().ljust(length)
    assert len(template) == length
    content[at + 8 : at + 8 + length] = template
    hostile.write_bytes(content)
    llm = engines.llm(SETTINGS, "llama.cpp", hostile)
    llm.warm_up()
    assert not mark.exists()
