"""File and environment into a Config, or every problem at once by the name of its key."""

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from quantumflow.config.contradictions import contradictions
from quantumflow.config.environment import SECRET_NAMES, overlay
from quantumflow.config.models import Config
from quantumflow.config.problems import shorten
from quantumflow.config.specialists import with_specialists
from quantumflow.errors import ConfigRefused, Problem
from quantumflow.paths import PROJECT_ROOT

__all__ = ["DEFAULT_FILE", "find_config", "load_config", "shown_config"]

DEFAULT_FILE = "quantumflow.toml"
CONFIG_BYTES_MAX = 1_000_000
_MASK = "********"
_SECRETS = (("web", "token"), ("web", "control_token"), ("telegram", "token"))
"""Keys whose value comes from the environment alone."""


def find_config(named: Path | None) -> Path:
    """The file that was named, else quantumflow.toml here, else the project's own."""
    if named is not None:
        return named
    here = Path(DEFAULT_FILE)
    return here if here.exists() else PROJECT_ROOT / DEFAULT_FILE


def load_config(file: Path, environment: Mapping[str, str] | None = None) -> Config:
    """Reads `file` and the environment over it. Raises ConfigRefused with every problem there is."""
    document = _read(file)
    given = [(section, name) for section, name in _SECRETS if name in document.get(section, {})]
    if given:
        remedy = "take it out; set QF_{}__{}"
        found = [
            Problem(f"{section}.{name}", "a secret in a file", remedy.format(section.upper(), name.upper()))
            for section, name in given
        ]
        raise ConfigRefused(str(file), found)
    problems = overlay(document, os.environ if environment is None else environment)
    try:
        config = Config.model_validate_json(json.dumps(document, default=str))
    except ValidationError as error:
        raise ConfigRefused(str(file), problems + [_problem(one) for one in error.errors()]) from None
    config, found_in_files = with_specialists(config)
    problems += found_in_files or contradictions(config)
    if problems:
        raise ConfigRefused(str(file), problems)
    return config


def shown_config(config: Config) -> dict[str, Any]:
    """The configuration in force as plain values, secrets masked."""
    shown = config.model_dump(mode="json")
    for section, name in _SECRETS:
        if shown[section][name] is not None:
            shown[section][name] = _MASK
    return shown


def _read(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as source:
            data = source.read(CONFIG_BYTES_MAX + 1)
    except OSError as error:
        remedy = "name a readable file with --config"
        raise ConfigRefused(str(file), [Problem("file", error.strerror or str(error), remedy)]) from None
    if len(data) > CONFIG_BYTES_MAX:
        raise ConfigRefused(str(file), [Problem("file", "too long", f"at most {CONFIG_BYTES_MAX} bytes")])
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigRefused(str(file), [Problem("file", str(error), "correct the TOML at that place")]) from None


def _problem(error: Any) -> Problem:
    """One of pydantic's errors in our words."""
    path = [str(part) for part in error["loc"] if part != "[key]"]
    key = ".".join(path)
    kind, message = error["type"], str(error["msg"]).removeprefix("Value error, ")
    if kind == "missing":
        return Problem(key, None, "put this key back; the distributed quantumflow.toml has its value")
    if kind == "extra_forbidden":
        return Problem(key, "a key that does not exist", "take it out, or correct its spelling")
    found = "a value" if f"QF_{'__'.join(path)}".upper() in SECRET_NAMES else shorten(error["input"])
    return Problem(key, found, _WORDS.get(kind, message[:1].lower() + message[1:]))


_WORDS = {
    "int_type": "put a whole number",
    "float_type": "put a number",
    "bool_type": "put true or false",
    "string_type": "put text in quotes (money and quantities too)",
    "tuple_type": "put a list in brackets",
    "model_type": "put a section",
    "model_attributes_type": "put a section",
    "dict_type": "put a section",
}
