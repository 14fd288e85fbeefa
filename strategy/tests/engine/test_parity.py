"""Compiled and as plain Python the engine tells the same, bit for bit; and its cache never runs older sources."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import quantumflow
from engine.capture import capture_files
from quantumflow.kernel import SOURCES

TESTS = Path(__file__).parents[1]
PACKAGE = Path(quantumflow.__file__).parent


def run(source: str, plain: bool) -> dict[str, Any]:
    environment = dict(os.environ) | {"NUMBA_DISABLE_JIT": "1" if plain else "0"}
    command = [sys.executable, "-W", "error", "-m", "engine.parity_run", source]
    done = subprocess.run(command, cwd=TESTS, env=environment, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("source", ["generated", "capture", "scalpers"])
def test_plain_python_tells_the_same_as_compiled_code(source: str) -> None:
    if source == "capture" and not all(path.exists() for path in capture_files()):
        pytest.skip("the captures are not there; set QF_DATA to a folder that has l2/spot_btcusdt_20240808.gz")
    compiled, plain = run(source, plain=False), run(source, plain=True)
    assert compiled.pop("compiled")
    assert not plain.pop("compiled")
    assert compiled == plain
    assert compiled["fills"] > 30
    assert min(compiled["by_bot"]) > 0


def test_the_unit_tests_of_money_and_broker_hold_in_plain_python_too() -> None:
    names = ("test_money.py", "test_latency.py", "test_life_cycle.py", "test_broker_model.py", "test_outbox_names.py")
    environment = dict(os.environ) | {"NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-m", "pytest", "-q", *(str(Path(__file__).with_name(name)) for name in names)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout


def test_everything_the_engine_imports_and_kernels_use_names_the_cache() -> None:
    listing = (
        "import sys, quantumflow.engine;"
        "print(*(m.__file__ for n, m in sys.modules.items() if n.startswith('quantumflow')))"
    )
    done = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    keyed = {path for pattern in SOURCES for path in PACKAGE.glob(pattern)}
    # Shapes and texts for the shell: no kernel, and no constant of one.
    shell = {"__init__.py", "answers.py", "asked.py", "condition.py", "opening.py", "errors.py"}
    loaded = {Path(name) for name in done.stdout.split()}
    assert {path.name for path in loaded - keyed} <= shell
    assert not [path for path in loaded - keyed if "@kernel" in path.read_text(encoding="utf-8")]
