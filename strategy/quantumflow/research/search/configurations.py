"""A configuration: a specialist and the id made of what it says, the same in ledger, specialists.toml and report."""

import hashlib
from dataclasses import fields

from quantumflow.reversion import Specialist

__all__ = ["config_id"]

_DIGITS = 16


def config_id(specialist: Specialist) -> str:
    """16 hex digits of the SHA-256 over every field by name; `repr` of a float is its shortest exact text."""
    values = {field.name: getattr(specialist, field.name) for field in fields(specialist)}
    values["mode"] = specialist.mode.name.lower()
    text = "\n".join(f"{name}={value!r}" for name, value in values.items())
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
