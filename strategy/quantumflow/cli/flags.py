"""Flags that several commands have, written once."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = ["ConfigFlag", "DataDirFlag", "JsonFlag", "say_json"]

DataDirFlag = Annotated[
    Path | None,
    typer.Option("--data-dir", help="The account's directory; by default the one under ./data that ran last."),
]
ConfigFlag = Annotated[
    Path | None, typer.Option("--config", help="The configuration; by default ./quantumflow.toml, else the project's.")
]
JsonFlag = Annotated[bool, typer.Option("--json", help="JSON on standard output instead of words.")]


def say_json(value: Any) -> None:
    """One JSON object on one line."""
    typer.echo(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
