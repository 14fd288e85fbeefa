"""Which programs there are, and where each lies."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from quantumflow.build import build_id
from quantumflow.errors import ApplianceRefused
from quantumflow.paths import PROJECT_ROOT

__all__ = ["CARE", "CLI", "NAMES", "Programs", "find_programs", "require_one_build"]

VERSION_SECONDS_MAX = 10.0
NAMES = ("exchange_sim", "market_data", "core_risk", "trader", "web", "upkeep", "telegram")
CARE = frozenset({"upkeep", "telegram"})
"""Programs that trading does not need: what becomes of them never ends a run."""
CLI = (sys.executable, "-m", "quantumflow.cli")
"""The command line of this very Python."""

_COMPILED = {
    "exchange_sim": "market_data/target/release/exchange_sim",
    "market_data": "market_data/target/release/market_data",
    "core_risk": "core_risk/_build/default/bin/core_risk.exe",
}


@dataclass(frozen=True, slots=True)
class Programs:
    """The command that starts each program, without its `--config FILE`."""

    exchange_sim: tuple[str, ...]
    market_data: tuple[str, ...]
    core_risk: tuple[str, ...]
    trader: tuple[str, ...]
    web: tuple[str, ...]
    upkeep: tuple[str, ...]
    telegram: tuple[str, ...]

    def command(self, name: str) -> tuple[str, ...]:
        command: tuple[str, ...] = getattr(self, name)
        return command


def find_programs(root: Path = PROJECT_ROOT) -> Programs:
    """The compiled programs and this very Python. Raises ApplianceRefused naming what is not built."""
    missing = [path for path in _COMPILED.values() if not os.access(root / path, os.X_OK)]
    if missing:
        raise ApplianceRefused("not_built", f"{', '.join(missing)} below {root}: run `make setup`")
    return Programs(
        exchange_sim=(str(root / _COMPILED["exchange_sim"]),),
        market_data=(str(root / _COMPILED["market_data"]),),
        core_risk=(str(root / _COMPILED["core_risk"]),),
        trader=(*CLI, "trader"),
        web=(*CLI, "web"),
        upkeep=(*CLI, "upkeep"),
        telegram=(*CLI, "telegram"),
    )


def require_one_build(programs: Programs) -> None:
    """Raises ApplianceRefused unless every compiled program is of this package's build: others never trade together."""
    own = build_id()
    builds = {name: _build_of(programs.command(name)) for name in _COMPILED}
    others = {name: build for name, build in builds.items() if build.split()[-1:] != [own]}
    if others:
        found = ", ".join(f"{name} is {build}" for name, build in others.items())
        raise ApplianceRefused("other_build", f"{found}; the strategy is {own}: run `make setup`")


def _build_of(command: tuple[str, ...]) -> str:
    try:
        answer = subprocess.run(  # noqa: S603 (our own program)
            [*command, "--version"],
            capture_output=True,
            text=True,
            timeout=VERSION_SECONDS_MAX,
            check=True,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return f"silent ({type(error).__name__})"
    return answer.stdout.strip() or "silent"
