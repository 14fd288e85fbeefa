"""The command line inside the test's own process: the same words and exit status as of a process, without its start."""

import sys
from typing import NamedTuple

import pytest

from quantumflow.cli import main


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


def quantumflow(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: object) -> Done:
    """Runs `quantumflow ARGUMENTS` to its end."""
    monkeypatch.setattr(sys, "argv", ["quantumflow", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr()
    return Done(int(ended.value.code or 0), told.out, told.err)
