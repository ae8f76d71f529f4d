"""A manifest is used only if it is signed by whom this machine trusts, once it trusts somebody."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_agent.errors import ConfigError
from edge_agent.store import signature
from edge_agent.store.manifest import CHECKOUT_FILES, load_manifest

needs_ssh = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="ssh-keygen (openssh-client) is missing")


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the manifest; a key that this machine trusts, and one that it does not."""
    monkeypatch.setattr(signature, "SYSTEM_SIGNERS", tmp_path / "allowed_signers")
    for name in ("trusted", "other"):
        key(tmp_path / name)
    (tmp_path / "allowed_signers").write_text(f"edge-agent {(tmp_path / 'trusted.pub').read_text()}")
    return Path(shutil.copy(CHECKOUT_FILES[-1], tmp_path / "manifest.toml"))


def key(file: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file], check=True)


def sign(manifest: Path, by: str = "trusted", namespace: str = signature.NAMESPACE) -> None:
    words = ["ssh-keygen", "-q", "-Y", "sign", "-f", manifest.with_name(by), "-n", namespace, manifest]
    subprocess.run(words, check=True, capture_output=True)


@needs_ssh
def test_a_signed_manifest_is_used(manifest: Path) -> None:
    sign(manifest)
    assert load_manifest(manifest).models


SPOILT: dict[str, Callable[[Path], object]] = {
    "not signed": lambda manifest: None,
    "changed since": lambda manifest: (sign(manifest), manifest.write_text(manifest.read_text() + "\n")),
    "by somebody else": lambda manifest: sign(manifest, by="other"),
    "for something else": lambda manifest: sign(manifest, namespace="git"),
    "no signature": lambda manifest: manifest.with_name("manifest.toml.sig").write_text("yes"),
}


@needs_ssh
@pytest.mark.parametrize("way", SPOILT)
def test_any_other_is_refused(way: str, manifest: Path) -> None:
    SPOILT[way](manifest)
    with pytest.raises(ConfigError, match="is not signed" if way == "not signed" else "do not use these models"):
        load_manifest(manifest)


def test_without_the_program_it_is_refused_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signature, "SYSTEM_SIGNERS", tmp_path / "allowed_signers")
    for name in ("allowed_signers", "manifest.toml.sig"):
        (tmp_path / name).touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="there is no ssh-keygen"):
        signature.check_signature(tmp_path / "manifest.toml", b"")


def test_where_nobody_is_trusted_nobody_has_to_sign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signature, "SYSTEM_SIGNERS", tmp_path / "etc" / "allowed_signers")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    signature.check_signature(tmp_path / "manifest.toml", b"")
    (tmp_path / "home" / "edge_agent").mkdir(parents=True)
    (tmp_path / "home" / "edge_agent" / "allowed_signers").touch()
    with pytest.raises(ConfigError, match="is not signed"):
        signature.check_signature(tmp_path / "manifest.toml", b"")
