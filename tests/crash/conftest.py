"""What the tests share: the built programs, a house on a short path, the library that cuts the power."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from crash.house import House
from crash.lived import live_a_while
from end_to_end.appliance import ROOT
from quantumflow.appliance.programs import find_programs
from quantumflow.errors import ApplianceRefused


@pytest.fixture(scope="session", autouse=True)
def programs() -> None:
    """Everything here runs the real programs."""
    try:
        find_programs()
    except ApplianceRefused as refused:
        pytest.skip(f"the programs are not built: {refused}")


@pytest.fixture
def house() -> Iterator[House]:
    """Four programs on a new data directory; whatever lives is ended."""
    root = Path(tempfile.mkdtemp(prefix="qf-"))
    with ExitStack() as exits:
        exits.callback(shutil.rmtree, root, ignore_errors=True)
        yield House(root, exits)


@pytest.fixture(scope="session")
def power(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library of strategy/tests/journal/power.c, for LD_PRELOAD."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler to build the power cut with")
    library = tmp_path_factory.mktemp("power") / "power.so"
    source = ROOT / "strategy/tests/journal/power.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An account that traded and ended cleanly; not to be changed."""
    root = Path(tempfile.mkdtemp(prefix="qf-"))
    target = tmp_path_factory.mktemp("lived") / "account"
    try:
        live_a_while(root, target)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return target


@pytest.fixture
def account(lived: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(lived, tmp_path / "account", symlinks=True))
