"""Signature: whether the manifest is what somebody has signed whom root or the user of this machine trusts.

    ssh-keygen -Y sign -f KEY -n edge-agent-manifest models/manifest.toml

makes `manifest.toml.sig` beside it. Who may sign is an `allowed_signers` file, as ssh-keygen(1) has them, in a folder
of settings: once that is there, an unsigned manifest is refused, too, as a signature is easily taken away.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from edge_agent.errors import ConfigError

NAMESPACE, SIGNER = "edge-agent-manifest", "edge-agent"
"""What such a signature is for, so that one of the same key for something else is none; and as whom the file of the
signers has the key."""
SYSTEM_SIGNERS = Path("/etc/edge_agent/allowed_signers")
WITHIN_S = 10.0


def signers() -> Path | None:
    """The file of those who may sign: root's, else the user's; None where nobody has to."""
    from platformdirs import user_config_path

    files = (SYSTEM_SIGNERS, user_config_path("edge_agent") / SYSTEM_SIGNERS.name)
    return next((file for file in files if file.exists()), None)


def signature_of(manifest: Path) -> Path:
    return manifest.with_name(f"{manifest.name}.sig")


def check_signature(manifest: Path, content: bytes) -> None:
    """`content`: what was read of the manifest. Raises ConfigError unless one of those who may has signed it; where
    there is no file of them, nobody has to."""
    allowed = signers()
    if allowed is None:
        return
    signed = signature_of(manifest)
    if not signed.is_file():
        raise ConfigError(f"The model manifest {manifest} is not signed, and {allowed} wants it to be.")
    program = shutil.which("ssh-keygen")
    if program is None:
        raise ConfigError(
            f"The signature of the model manifest cannot be checked, as {allowed} wants: there is no ssh-keygen.",
            fix="sudo apt-get install openssh-client",
        )
    import subprocess  # not for nothing: it takes longer than the rest of the manifest

    words = ["-Y", "verify", "-f", str(allowed), "-I", SIGNER, "-n", NAMESPACE, "-s", str(signed)]
    try:
        done = subprocess.run([program, *words], input=content, capture_output=True, timeout=WITHIN_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigError(f"The signature of the model manifest cannot be checked ({type(error).__name__}).") from None
    if done.returncode != 0:
        raise ConfigError(f"The signature {signed} is not one of {allowed} for {manifest}: do not use these models.")
