"""A workflow's steps by name, and a step's shell run as the runner does it."""

import os
import subprocess
from pathlib import Path
from typing import Any

import yaml

__all__ = ["ROOT", "run_step", "step", "workflow"]

ROOT = Path(__file__).parents[2]


def workflow(name: str) -> dict[Any, Any]:
    """The document; YAML reads its key `on` as True."""
    document = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


def step(document: dict[Any, Any], job: str, name: str) -> dict[str, Any]:
    """The one step of this name."""
    [found] = [one for one in document["jobs"][job]["steps"] if one.get("name") == name]
    assert isinstance(found, dict)
    return found


def run_step(shell: str, checkout: Path, commands: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """bash, ended by the first failure, with `commands` before the system's own and no other environment."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", shell],
        cwd=checkout,
        env={"PATH": f"{commands}:{os.environ['PATH']}", "HOME": str(commands), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
