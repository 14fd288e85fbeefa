"""`quantumflow doctor`: what would keep an appliance from running, with the remedy."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from quantumflow.appliance.data_dir import DataDir, find_data_dir
from quantumflow.appliance.screen import make_console
from quantumflow.cli.flags import ConfigFlag, DataDirFlag, JsonFlag, say_json
from quantumflow.doctor import Finding, Level, diagnose
from quantumflow.errors import ApplianceRefused
from quantumflow.exits import ExitCode

__all__ = ["doctor"]

DeepFlag = Annotated[
    bool, typer.Option("--deep", help="Read the whole journal and core_risk's log too, and name the first bad record.")
]
_STYLE = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "bold red"}


def doctor(
    data_dir: DataDirFlag = None, config: ConfigFlag = None, as_json: JsonFlag = False, deep: DeepFlag = False
) -> None:
    """Look at what the appliance stands on; exit status 5 if something must be repaired first.

    Example: quantumflow doctor --data-dir data/sim
    """
    console = make_console()
    findings = []
    for finding in diagnose(_directory(data_dir), config, os.environ, deep=deep):
        findings.append(finding)
        if not as_json:
            _print(finding, console)
    healthy = all(finding.level is not Level.FAIL for finding in findings)
    if as_json:
        say_json({"healthy": healthy, "findings": [finding.as_json() for finding in findings]})
    if not healthy:
        raise typer.Exit(ExitCode.UNHEALTHY)


def _directory(named: Path | None) -> DataDir:
    """The directory to look at; before the first start, where one would be made."""
    if named is not None:
        return DataDir(named)
    try:
        return find_data_dir(None)
    except ApplianceRefused:
        return DataDir(Path("data"))


def _print(finding: Finding, console: Console) -> None:
    line = Text(f"{finding.level.value:<4} ", style=_STYLE[finding.level])
    line.append(f"{finding.check}: {finding.found}", style="default")
    if finding.remedy:
        line.append(f"\n     → {finding.remedy}", style="default")
    console.print(line)
