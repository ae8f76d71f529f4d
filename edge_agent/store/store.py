"""The model store: finds a model by name or path, and gives it out only if it is whole and right."""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, Self

from edge_agent.errors import ModelError
from edge_agent.store.check import MISSING, Depth, damage, stamps
from edge_agent.store.machine import Machine, fitting_installed, this_machine
from edge_agent.store.manifest import (
    ACCEPTED_LICENCES,
    CHECKOUT,
    ROLES,
    Entry,
    Manifest,
    ModelRole,
    ProfileEntry,
    UnknownModel,
    in_checkout,
    load_manifest,
)
from edge_agent.store.tuned import FOLDER, tuned_file
from edge_agent.store.user_models import user_model


@dataclass(frozen=True, slots=True)
class Model:
    """A model that was checked just now."""

    name: str
    """Name in the manifest, or the path of an own model."""
    role: ModelRole
    engine: str
    """What runs it: a row of engines.py."""
    path: Path
    """Its folder."""
    files: dict[str, Path]
    """The files by name, main file first."""
    family: str | None
    """Chat template of an LLM; None for an own model, whose template is the caller's to choose."""
    licence: str
    """SPDX identifier; "own" for an own model."""
    sha256: dict[str, str]
    """The digests by file name; empty for an own model."""
    ram_mb: int
    """Resident memory that it needs; for an own model the size of its files."""
    format: str | None = None
    """What its weights were written anew in for this machine; None if they are as pulled."""
    stamps: dict[str, list[int]] = field(default_factory=dict)
    """What `state.stamp` said of each file, by its path, before it was checked: who opens it later can tell whether it
    is what was checked."""

    @property
    def main(self) -> Path:
        """What the engine opens: the folder of an asr model, the GGUF or ONNX file of any other."""
        return self.path if self.role == "asr" else next(iter(self.files.values()))


@dataclass(frozen=True, slots=True)
class Profile:
    """One model name for each role."""

    name: str
    asr: str
    llm: str
    tts: str
    vad: str
    endpoint: str
    reason: str
    """Why it was chosen, in one sentence."""


def default_roots() -> tuple[Path, ...]:
    """`models/` of a checkout, then the user's data directory (on Linux ~/.local/share/edge_agent/models)."""
    from platformdirs import user_data_path

    user = user_data_path("edge_agent") / "models"
    return (CHECKOUT / "models", user) if in_checkout() else (user,)


class Store:
    """Models at `<root>/<name>/<file>`, searched in the order of `roots`; `pull` writes into the first."""

    def __init__(
        self,
        roots: Sequence[Path] | None = None,
        *,
        accepted_licences: Collection[str] | None = None,
        manifest: Manifest | None = None,
        named: Path | None = None,
    ) -> None:
        """`named`: the folder that settings or `--dir` name, and which a command that mends must name, too."""
        self.roots = tuple(Path(root).expanduser() for root in roots or default_roots())
        self.accepted_licences = frozenset(ACCEPTED_LICENCES if accepted_licences is None else accepted_licences)
        self.manifest = manifest or load_manifest()
        self._named = named

    @classmethod
    def at(cls, folder: Path | None) -> Self:
        """A store of this folder alone, or of where models are by default."""
        return cls(roots=[folder] if folder else None, named=folder)

    def fix(self, *names: str) -> str:
        """The command that mends whatever is wrong with the files of these models."""
        place = f" --dir {shlex.quote(str(self._named))}" if self._named else ""
        return f"edge-agent models pull {' '.join(names)}{place}"

    def resolve(self, ref: str, role: ModelRole, *, whole: bool = False) -> Model:
        """The model that `ref` means, a name of the manifest or a path of one's own, checked and complete.

        `whole`: of an LLM no tuned copy whose vocabulary was trimmed.
        Raises ModelError with the file and the command that mends it; UnknownModel for a wrong name or role.
        """
        entry = self.manifest.get(ref)
        if entry is None:
            return self._own(ref, role)
        if entry.role != role:
            raise UnknownModel(f"{ref} is a model for {entry.role}, not for {role}.", fix="edge-agent models list")
        self.check_licence(entry)
        folder = self.folder(entry)
        files = {file.name: folder / file.name for file in entry.files}
        before = stamps(files.values())
        self._refuse_damage(entry, folder)
        pulled = Model(
            name=entry.name,
            role=entry.role,
            engine=entry.engine,
            path=folder,
            files=files,
            family=entry.family,
            licence=entry.licence,
            sha256={file.name: file.sha256 for file in entry.files},
            ram_mb=entry.ram_mb,
            stamps=before,
        )
        made = stamps((folder / FOLDER).glob("*.gguf"))
        copy = tuned_file(folder, entry, whole=whole) if role == "llm" else None
        if copy is None:
            return pulled
        found, path = copy
        return replace(
            pulled, files={path.name: path}, sha256={path.name: found.sha256}, format=found.kept, stamps=made
        )

    def profile(self, name: str, machine: Machine | None = None) -> Profile:
        """The models of a profile; "auto" chooses one that is installed, if any, by the cores and the free memory.

        Where a role has alternatives, the first one that is installed, else the last, which every source has.
        """
        if name == "auto":
            installed = [each for each in self.manifest.profiles if self._is_installed(each)]
            chosen, reason = fitting_installed(self.manifest.profiles, installed, machine or this_machine())
        else:
            chosen, reason = self.manifest.find_profile(name), "chosen by name"
        models = {role: self._installed_choice(chosen.choices(role)) for role in ROLES}
        return Profile(name=chosen.name, reason=reason, **models)

    def folder(self, entry: Entry, depth: Depth = "size") -> Path:
        """The folder where the model lies whole, else where some of it lies, else where `pull` would put it."""
        folders = [root / entry.name for root in self.roots]
        whole = (folder for folder in folders if not damage(folder, entry, depth))
        some = (folder for folder in folders if any(_occupied(folder / file.name) for file in entry.files))
        return next(whole, None) or next(some, None) or folders[0]

    def state(self, entry: Entry) -> Literal["installed", "missing", "damaged"]:
        """The state by the names and sizes of the files, so that it costs nothing; `resolve` hashes them."""
        found = damage(self.folder(entry), entry, "size")
        if not found:
            return "installed"
        return "missing" if all(problem == MISSING for problem in found.values()) else "damaged"

    def check_licence(self, entry: Entry) -> None:
        """Raises ModelError if the licence of `entry` was not accepted."""
        if entry.licence not in self.accepted_licences:
            accepted = ", ".join(sorted(self.accepted_licences)) or "none"
            raise ModelError(
                f"The licence of {entry.name}, {entry.licence}, is not among the accepted ones ({accepted}).",
                fix="choose another one (edge-agent models list shows the licences), or accept this licence",
            )

    def _refuse_damage(self, entry: Entry, folder: Path) -> None:
        found = damage(folder, entry)
        if not found:
            return
        if all(problem == MISSING for problem in found.values()):
            places = " or ".join(str(root) for root in self.roots)
            raise ModelError(f"The model {entry.name} is not installed in {places}.", fix=self.fix(entry.name))
        name, problem = next(iter(found.items()))
        raise ModelError(f"The file {name} of the model {entry.name} {problem} ({folder}).", fix=self.fix(entry.name))

    def _is_installed(self, profile: ProfileEntry) -> bool:
        chosen = (self._installed_choice(profile.choices(role)) for role in ROLES)
        return all(self.state(self.manifest.find(name)) == "installed" for name in chosen)

    def _installed_choice(self, names: tuple[str, ...]) -> str:
        found = (name for name in names if self.state(self.manifest.find(name)) == "installed")
        return next(found, names[-1])

    def _own(self, ref: str, role: ModelRole) -> Model:
        path = Path(ref).expanduser()
        if not path.exists() and os.sep not in ref and path.suffix not in (".gguf", ".onnx"):
            self.manifest.find(ref)  # raises: it is neither a name nor a path
        engine, found = user_model(path, role)
        files = {file.name: file.resolve() for file in found}
        folder = path.resolve() if role == "asr" else path.resolve().parent
        size_mb = sum(file.stat().st_size for file in files.values()) // 1_000_000
        return Model(str(path), role, engine, folder, files, None, "own", {}, max(size_mb, 1))


def _occupied(path: Path) -> bool:
    return path.exists() or path.is_symlink()
