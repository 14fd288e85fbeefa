"""The text of specialists.toml: canonical for the signature, TOML for the file. Pure."""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from quantumflow.errors import SpecialistRefused

__all__ = ["canonical_text", "signature_of", "signed_text"]

Table = Mapping[str, Any]


def canonical_text(document: Table) -> str:
    """The one text of a document without its signature: JSON with sorted keys and no blanks, numbers as Python's repr.

    Comments, blanks and the order of keys do not count; a whole number and the same one as a float are two.
    """
    signed = {name: table for name, table in document.items() if name != "signature"}
    return json.dumps(signed, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def signature_of(document: Table) -> str:
    """SHA-256 of `canonical_text`, hex."""
    return hashlib.sha256(canonical_text(document).encode()).hexdigest()


def signed_text(document: Table) -> str:
    """The document as TOML with its signature. Values are tables, texts, whole numbers, finite floats."""
    return "\n".join(_lines({**document, "signature": {"sha256": signature_of(document)}}, ())) + "\n"


def _lines(table: Table, path: tuple[str, ...]) -> Iterator[str]:
    plain = {name: value for name, value in table.items() if not isinstance(value, Mapping)}
    if path and (plain or not table):
        yield f"[{'.'.join(map(_key, path))}]"
    for name, value in plain.items():
        yield f"{_key(name)} = {_value(value)}"
    if plain:
        yield ""
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _lines(value, (*path, name))


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if bare else _quoted(name)


def _quoted(text: str) -> str:
    """A basic string of TOML: JSON's, but for one character that TOML wants escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: object) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, float) and math.isfinite(value):
        text = repr(value)
        return text if "." in text or "e" in text else f"{text}.0"
    if isinstance(value, int) and not isinstance(value, bool):
        return str(int(value))
    raise SpecialistRefused("specialist_refused", f"{value!r} has no place in specialists.toml")
