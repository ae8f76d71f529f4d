"""Group: what every group of settings has in common."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict


class Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


Accelerator = Literal["auto", "cpu", "cuda", "vulkan", "metal"]


def _split(names: Any) -> Any:
    """A flag and the environment give "a,b" for what is a list in a file."""
    return [name.strip() for name in names.split(",") if name.strip()] if isinstance(names, str) else names


Names = Annotated[tuple[str, ...], BeforeValidator(_split)]
