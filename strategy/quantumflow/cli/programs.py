"""The programs that this package is besides its commands: started by supervisord with one configuration file."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from quantumflow.build import build_id
from quantumflow.errors import SettingsRefused
from quantumflow.exits import ExitCode

__all__ = ["telegram", "trader", "upkeep", "web"]


def _config_file(program: str, arguments: Sequence[str]) -> Path:
    parser = argparse.ArgumentParser(prog=f"quantumflow {program}", allow_abbrev=False)
    parser.add_argument("--config", type=Path, required=True, help="the JSON file that `up` wrote")
    file: Path = parser.parse_args(arguments).config
    return file


def trader(arguments: Sequence[str]) -> int:
    """Runs the trader until the market ends or it is told to stop."""
    from quantumflow.live import run
    from quantumflow.trader_settings import read_settings

    file = _config_file("trader", arguments)
    token = os.environ.get("QF_RISK_TOKEN", "")
    try:
        settings = read_settings(file)
    except SettingsRefused as error:
        sys.stderr.write(f"quantumflow trader: {error}\n")
        return ExitCode.USAGE
    return run(settings, token, build_id())


def web(arguments: Sequence[str]) -> int:
    """Serves the read API until it is told to stop."""
    from quantumflow.web.serve import serve

    return serve(_config_file("web", arguments), os.environ)


def upkeep(arguments: Sequence[str]) -> int:
    """Runs due jobs and watches conditions until it is told to stop."""
    from quantumflow.upkeep.program import run

    return run(_config_file("upkeep", arguments), build_id())


def telegram(arguments: Sequence[str]) -> int:
    """Tells what happens and takes commands until it is told to stop."""
    from quantumflow.telegram.program import run

    return run(_config_file("telegram", arguments), os.environ, build_id())
