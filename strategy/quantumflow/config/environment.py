"""QF_SECTION__KEY over the file: names are the path in the file, joined by two underscores.

A value is read by what the key holds: text as it stands, everything else as TOML would read it
(`QF_VENUE__SYMBOLS='["BTCUSDT"]'`, or `BTCUSDT,ETHUSDT` for a list of names). A QF_ name that is neither a key nor one
of `OTHER_NAMES` is refused: a misspelt limit must not be a limit that is silently absent.
"""

import tomllib
from collections.abc import Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr

from quantumflow.config.models import Config
from quantumflow.config.problems import shorten
from quantumflow.errors import Problem

__all__ = ["OTHER_NAMES", "PREFIX", "SECRET_NAMES", "overlay"]

PREFIX = "QF_"
OTHER_NAMES = {
    "QF_BUILD": "the build that all programs must share",
    "QF_CRASH_AT": "tests: the named place at which a program kills itself",
    "QF_DATA": "tests: where real recordings lie",
    "QF_LOCAL_DATA": "research: a folder with an archive's layout",
    "QF_RESEARCH_DIR": "research: where datasets are",
    "QF_RISK_TOKEN": "drawn by `up` for core_risk and whoever asks it",
}
SECRET_NAMES = ("QF_WEB__TOKEN", "QF_WEB__CONTROL_TOKEN", "QF_TELEGRAM__TOKEN", "QF_RISK_TOKEN")


def overlay(document: dict[str, Any], environment: Mapping[str, str]) -> list[Problem]:
    """Puts every QF_ value of `environment` into `document` in place; what cannot be placed is returned."""
    problems = []
    for name in sorted(environment):
        if not name.startswith(PREFIX) or name in OTHER_NAMES:
            continue
        problem = _place(document, name, environment[name])
        if problem is not None:
            problems.append(problem)
    return problems


def _place(document: dict[str, Any], name: str, text: str) -> Problem | None:
    parts = name[len(PREFIX) :].split("__")
    here: dict[str, Any] = document
    kind: Any = Config
    path: list[str] = []
    for k, part in enumerate(parts):
        step = _step(kind, here, part)
        if step is None:
            where = ".".join(path) or "the top level"
            remedy = f"no such key below {where}: take it out, or see `quantumflow config show` for the names"
            return Problem(name, shorten(text) if name not in SECRET_NAMES else "a value", remedy)
        key, kind = step
        path.append(key)
        if k < len(parts) - 1:
            below = here.setdefault(key, {})
            if not isinstance(below, dict):
                return Problem(name, shorten(text), f"{'.'.join(path)} is a value, not a section")
            here = below
    if _is_section(kind):
        return Problem(name, shorten(text), f"{'.'.join(path)} is a section: name a key of it, {name}__KEY")
    try:
        here[path[-1]] = _value(kind, text)
    except tomllib.TOMLDecodeError:
        return Problem(name, shorten(text), f"cannot be read as the value of {'.'.join(path)}")
    return None


def _bare(kind: Any) -> Any:
    """A type without Annotated and without `| None`."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in (Union, UnionType):
        kind = _bare(next(k for k in get_args(kind) if k is not type(None)))
    return kind


def _is_section(kind: Any) -> bool:
    return get_origin(kind) is dict or (isinstance(kind, type) and issubclass(kind, BaseModel))


def _step(kind: Any, here: Mapping[str, Any], part: str) -> tuple[str, Any] | None:
    """The key that `part` of a name means below `kind`, and the type it holds."""
    if not part:
        return None
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        field = kind.model_fields.get(part.lower())
        return None if field is None else (part.lower(), _bare(field.annotation))
    if get_origin(kind) is dict:
        known = {key.upper(): key for key in here}
        symbols = all(key.isupper() or key.isdigit() for key in here)
        return known.get(part.upper(), part.upper() if here and symbols else part.lower()), _bare(get_args(kind)[1])
    return None


def _value(kind: Any, text: str) -> Any:
    if kind is str or kind is SecretStr or (get_origin(kind) is not tuple and kind not in (int, float, bool)):
        return text
    if get_origin(kind) is tuple and not text.strip().startswith("["):
        items = [item.strip() for item in text.split(",")]
        inner = _bare(get_args(kind)[0])
        return [_value(inner, item) for item in items]
    return tomllib.loads(f"value = {text}")["value"]
