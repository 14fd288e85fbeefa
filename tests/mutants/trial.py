"""One test command against one bug: red, green, or no verdict at all."""

import os
import re
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Verdict", "build_command", "try_test"]

TEST_SECONDS_MAX = 600
BUILD_SECONDS_MAX = 1200
_PYTEST_RED = 1
_RED_LINES = {
    "rust": re.compile(r"^test (\S+) \.\.\. FAILED|^(?:thread '(?:\S+)')? ?.*panicked at", re.MULTILINE),
    "ocaml": re.compile(r"^.*\[FAIL\]\s+(\S.*?)\s*$", re.MULTILINE),
    "python": re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """`red`: a test failed or hung; `broken`: nothing could be tried; `told`: the first red test, or what was wrong."""

    red: bool
    broken: bool
    told: str
    seconds: float


def build_command(language: str, test: str) -> list[str] | None:
    """What must succeed before a red test means anything; None where pytest's own exit status says it."""
    if language == "rust":
        return [*shlex.split(test), "--no-run"]
    if language == "ocaml":
        folders = re.findall(r"@(\S+)/runtest", test)
        return ["dune", "build", "--root", ".", *(f"@{folder}/all" for folder in folders)]
    return None


def try_test(language: str, test: str, root: Path, python: Path) -> Verdict:
    """Runs the command of a row in a copy of the tree."""
    began = time.monotonic()
    folder = {"rust": root / "market_data", "ocaml": root / "core_risk", "python": root}[language]
    building = build_command(language, test)
    if building is not None:
        code, output = _run(building, folder, BUILD_SECONDS_MAX)
        if code != 0:
            return Verdict(False, True, f"it does not build: {output.strip()[-800:]}", time.monotonic() - began)
    command = shlex.split(test)
    if language == "python":
        command = [str(python), "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *command]
    code, output = _run(command, folder, TEST_SECONDS_MAX)
    seconds = time.monotonic() - began
    if code is None:
        return Verdict(True, False, f"not done within {TEST_SECONDS_MAX} s", seconds)
    if language == "python" and code not in (0, _PYTEST_RED):
        return Verdict(False, True, f"pytest ended with {code}: {output.strip()[-800:]}", seconds)
    return Verdict(code != 0, False, _first_red(language, output) if code != 0 else "", seconds)


def _first_red(language: str, output: str) -> str:
    found = _RED_LINES[language].search(output)
    if found is None:
        return output.strip().splitlines()[-1][:120] if output.strip() else "red, without a word"
    return re.sub(r"\s+", " ", next((group for group in found.groups() if group), found.group()))[:120]


def _run(command: list[str], folder: Path, seconds: int) -> tuple[int | None, str]:
    """Exit status and output; None: it was ended after `seconds`, with all it started."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("QF_")},
        "NUMBA_DISABLE_JIT": "1",
        "QF_BUILD": "mutants",
        "CARGO_INCREMENTAL": "1",
        "CARGO_PROFILE_DEV_DEBUG": "0",
        "CARGO_TERM_COLOR": "never",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    data = os.environ.get("QF_DATA")
    if data:
        environment["QF_DATA"] = data
    if folder.name not in ("market_data", "core_risk"):
        environment["PYTHONPATH"] = str(folder / "strategy")
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        output, _ = process.communicate()
        return None, output
    except KeyboardInterrupt:
        os.killpg(process.pid, 9)
        process.communicate()
        sys.stderr.write("stopped; the mutants that were tried are kept\n")
        raise
    return process.returncode, output
