"""What every section of the configuration is: strict, frozen, without keys that nobody knows."""

from pydantic import BaseModel, ConfigDict

__all__ = ["Section"]


class Section(BaseModel):
    """A table of quantumflow.toml."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
