"""The systemd unit of this installation: the template of `systemd/`, with the very interpreter, settings and models."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from edge_agent.errors import ServiceError
from edge_agent.store.manifest import CHECKOUT_FILES, in_checkout
from edge_agent.store.signature import signature_of

PACKAGED = Path(__file__).with_name("units")
TEMPLATES = PACKAGED if PACKAGED.is_dir() else Path(__file__).parents[2] / "systemd"
FILLED_IN = " fills in what stands between two @."
"""How the first comment of a template ends, which is not true of what was filled in."""
HIDDEN = (Path("/home"), Path("/root"), Path("/run"), Path("/tmp"), Path("/var/tmp"))
"""What ProtectHome=, TemporaryFileSystem= and PrivateTmp= hide."""


def unit(
    *,
    user: bool,
    command: Sequence[str],
    models: Path | None = None,
    data: Path | None = None,
    shown: Iterable[Path] = (),
    wake: str | None = None,
    credentials: Iterable[Path] = (),
) -> str:
    """The text of the unit. `command`: words after `edge-agent`; `models`: the folder of the models, if all lie in one;
    `data`: else what XDG_DATA_HOME is for whoever installs it, as the service has another home; `shown`: what else it
    reads; `wake`: the name that it is called by, if the settings do not say; `credentials`: files that systemd reads
    for it, each a secret under the name of its file.
    """
    template = (TEMPLATES / ("edge-agent-user.service" if user else "edge-agent.service")).read_text("utf-8")
    read = [Path(sys.prefix), Path(sys.base_prefix), *program_files(), *shown, *([models] if models else [])]
    values = {
        # -P: what lies in the folder it starts in, which the agent may write to, is not imported.
        "PROGRAM": f"{quoted(sys.executable)} -P -m edge_agent",
        "COMMAND": " ".join(quoted(word, argument=True) for word in command),
        "PATHS": "\n".join(f"BindReadOnlyPaths={quoted(str(path))}" for path in hidden(read)),
        "CREDENTIALS": "\n".join(f"LoadCredential={file.name}:{file}" for file in credentials),
        "ENVIRONMENT": "\n".join(
            f"Environment={quoted(f'{name}={folder}')}"
            for name, folder in (
                ("EDGE_AGENT_MODELS__DIR", models),
                ("XDG_DATA_HOME", data),
                ("EDGE_AGENT_HEAR__WAKE", wake),
            )
            if folder
        ),
    }
    for name, value in values.items():
        template = template.replace(f"@{name}@", value)
    return template.replace(FILLED_IN, " wrote this file.")


def program_files() -> list[Path]:
    """The code, and what it reads of a checkout."""
    of_checkout = [*CHECKOUT_FILES, *filter(Path.exists, [signature_of(CHECKOUT_FILES[-1])])] if in_checkout() else []
    return [Path(__file__).parents[1], *of_checkout]


def hidden(paths: Iterable[Path]) -> list[Path]:
    """Those that the unit would not see, by each name that leads to them: a home may be a link to another disk."""
    places = {name for place in HIDDEN for name in (place, place.resolve())}
    named = {name for path in paths for name in (path.absolute(), path.resolve())}
    return sorted(name for name in named if any(name.is_relative_to(place) for place in places))


def drop_in(name: str) -> str:
    """The text of a drop-in: `sealed` takes away the network, `lan` lets the house in."""
    return (TEMPLATES / f"edge-agent-{name}.conf").read_text("utf-8")


def quoted(word: str, *, argument: bool = False) -> str:
    """The word as systemd.syntax(7) wants it. In an `argument` of ExecStart=, other than in the name of its program, a
    dollar sign is doubled, too. Raises ServiceError for a line break or another control character: what stands behind
    it would be a setting of the unit."""
    if any(unicodedata.category(letter) == "Cc" and letter != "\t" for letter in word):
        raise ServiceError(f"No service can be made with {word!r}: it has a control character.")
    word = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    word = word.replace("$", "$$") if argument else word
    return f'"{word}"' if set(word) & set(" \t\"'\\;#:") else word
