"""The model manifest: which files make up each model, where they come from, and what they must be."""

from __future__ import annotations

import tomllib
from dataclasses import field
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass

from edge_agent.errors import ConfigError, ModelError
from edge_agent.store.signature import check_signature

ModelRole = Literal["asr", "llm", "tts", "vad", "endpoint", "speaker"]
ROLES: tuple[ModelRole, ...] = ("asr", "llm", "tts", "vad", "endpoint")
"""Those that every conversation needs, and a profile names."""
SPEAKER = "resemblyzer"
"""The model that tells voices apart, where that is wanted."""

ACCEPTED_LICENCES = frozenset({"MIT", "Apache-2.0", "BSD-2-Clause", "CC0-1.0"})
"""SPDX identifiers of the licences under which the models of our manifest come."""

PACKAGED = Path(__file__).with_name("manifest.toml")
CHECKOUT = Path(__file__).parents[2]
CHECKOUT_FILES = (CHECKOUT / "pyproject.toml", CHECKOUT / "models" / "manifest.toml")
"""What the package reads of a checkout outside of itself: what a checkout is known by, and the manifest."""

# A name becomes a folder or a file of the store: no separator, no "..", nothing hidden.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
RemotePath = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*$")]
Size = Annotated[int, Field(gt=0)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_STRICT = ConfigDict(extra="forbid", defer_build=True)


class UnknownModel(ModelError):
    """A name that is neither in the manifest nor a file, or a model given for the wrong role."""

    exit_code = 2


@dataclass(frozen=True, config=_STRICT)
class WheelMember:
    """A file inside a wheel of the package index, taken as data."""

    wheel: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9.]+$")]
    member: RemotePath
    bytes: Size


@dataclass(frozen=True, config=_STRICT)
class Wheel:
    """What a wheel of the package index has to be."""

    bytes: Size
    sha256: Sha256


@dataclass(frozen=True, config=_STRICT)
class ModelFile:
    name: Name
    bytes: Size
    sha256: Sha256
    hub_path: RemotePath | None = None
    """Path in the hub repository where it is not `name`."""
    parts: tuple[WheelMember, ...] = ()
    """Joined in order they are the file."""

    @model_validator(mode="after")
    def _parts_add_up(self) -> Self:
        if self.parts and sum(part.bytes for part in self.parts) != self.bytes:
            raise ValueError(f"the parts of {self.name} do not add up to its bytes")
        return self


@dataclass(frozen=True, config=_STRICT)
class HubRepo:
    repo: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*$")]
    revision: Name


@dataclass(frozen=True, config=_STRICT)
class Entry:
    """One model. The first of its files is the one that an engine opens (for asr: the folder)."""

    name: Name
    role: ModelRole
    engine: Name
    """What runs it: a row of engines.py."""
    licence: str
    """SPDX identifier."""
    ram_mb: Size
    """Resident memory, in MB, that loading and using it adds."""
    tried: bool
    """Whether we ran it. Of one that we did not, size and sha256 are those that public projects record."""
    files: Annotated[tuple[ModelFile, ...], Field(min_length=1)]
    family: str | None = None
    """Chat template of an LLM."""
    hub: HubRepo | None = None

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources that have it, in the order of trying: "hub", "index"."""
        hub = ("hub",) if self.hub else ()
        return hub + (("index",) if all(file.parts for file in self.files) else ())

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if len({file.name for file in self.files}) < len(self.files):
            raise ValueError(f"{self.name} names a file twice")
        if not self.sources:
            raise ValueError(f"{self.name} has no source for all of its files")
        if (self.role == "llm") != (self.family is not None):
            raise ValueError(f"{self.name}: an LLM has a chat-template family, and nothing else has one")
        return self


_Names = Annotated[tuple[Name, ...], Field(min_length=1)]


@dataclass(frozen=True, config=_STRICT)
class ProfileEntry:
    """Models for every role; where a role names several, in order of preference."""

    name: Name
    min_cores: int
    min_available_mb: int
    asr: _Names
    llm: _Names
    tts: _Names
    vad: _Names
    endpoint: _Names
    min_gpu_mb: int = 0
    """Free memory of a GPU on which LLM and ASR can run."""

    def choices(self, role: ModelRole) -> tuple[str, ...]:
        names: tuple[str, ...] = getattr(self, role)
        return names


@dataclass(frozen=True, config=_STRICT)
class Manifest:
    version: Literal[1]
    models: tuple[Entry, ...]
    profiles: Annotated[tuple[ProfileEntry, ...], Field(min_length=1)]
    """Best first."""
    wheels: dict[str, Wheel] = field(default_factory=dict)
    """What each wheel has to be; its key is its name and version, as in `WheelMember.wheel`."""

    @model_validator(mode="after")
    def _wheels_are_pinned(self) -> Self:
        named = {part.wheel for entry in self.models for file in entry.files for part in file.parts}
        if unpinned := named - self.wheels.keys():
            raise ValueError(f"{min(unpinned)} has no size and sha256 among the wheels")
        return self

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        names = ["auto", *(entry.name for entry in self.models), *(profile.name for profile in self.profiles)]
        if len(set(names)) < len(names):
            raise ValueError("a model or profile name is used twice")
        for profile in self.profiles:
            for role in ROLES:
                for name in profile.choices(role):
                    if self.get(name) is None or self.find(name).role != role:
                        raise ValueError(f"profile {profile.name}: {name} is no model for {role}")
        return self

    def get(self, name: str) -> Entry | None:
        return next((entry for entry in self.models if entry.name == name), None)

    def find(self, name: str) -> Entry:
        """Raises UnknownModel."""
        entry = self.get(name)
        if entry is None:
            known = ", ".join(entry.name for entry in self.models)
            raise UnknownModel(f'There is no model "{name}"; known are: {known}.', fix="edge-agent models list")
        return entry

    def find_profile(self, name: str) -> ProfileEntry:
        """Raises UnknownModel."""
        for profile in self.profiles:
            if profile.name == name:
                return profile
        known = ", ".join(["auto", *(profile.name for profile in self.profiles)])
        raise UnknownModel(f'There is no profile "{name}"; known are: {known}.')


def in_checkout() -> bool:
    """Whether the package runs from a checkout, and not from an installed wheel."""
    return all(file.is_file() for file in CHECKOUT_FILES)


def load_manifest(path: Path | None = None) -> Manifest:
    """Read `path`, by default the manifest of the checkout, else that of the package. Raises ConfigError, also for one
    that is not signed as this machine wants it (signature.py)."""
    path = path or (CHECKOUT_FILES[-1] if in_checkout() else PACKAGED)
    try:
        content = path.read_bytes()
        check_signature(path, content)
        return TypeAdapter(Manifest).validate_python(tomllib.loads(content.decode("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"The model manifest {path} cannot be read: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "manifest"
        raise ConfigError(f"The model manifest {path} is wrong at {where}: {first['msg']}.") from error
