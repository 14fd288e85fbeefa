"""The notebook that a newcomer follows, executed anew: no cell fails, and what it promises is on the screen."""

import os
import tempfile
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from quantumflow.paths import PROJECT_ROOT

NOTEBOOK = PROJECT_ROOT / "strategy" / "examples" / "from_data_to_tearsheet.ipynb"
DATA = Path(os.environ.get("QF_DATA", PROJECT_ROOT / "../shared/data")).resolve()
SECONDS_MAX = 300
"""Of one cell, where other suites keep the machine busy; all of them take less than a minute on an idle one."""


def stored() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)


def test_it_is_kept_without_outputs() -> None:
    for cell in stored().cells:
        assert cell.cell_type == "markdown" or (cell.outputs, cell.execution_count) == ([], None)


def test_a_newcomer_comes_from_data_to_the_tearsheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not list((DATA / "l2").glob("spot_btcusdt_2024080*.gz")):
        pytest.skip(f"no capture in {DATA / 'l2'}: set QF_DATA")
    monkeypatch.setenv("QF_DATA", str(DATA))
    notebook = stored()
    with tempfile.TemporaryDirectory(prefix="qf-") as short:  # tmp_path may be too long for a socket's path
        monkeypatch.setenv("TMPDIR", short)
        NotebookClient(
            notebook, timeout=SECONDS_MAX, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
        ).execute()
    shown = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    pages = [output.data["text/html"] for output in shown if "text/html" in output.get("data", {})]
    texts = [output.data["text/plain"] for output in shown if "text/plain" in output.get("data", {})]
    assert any('class="qf-sheet"' in page and "prefers-color-scheme" in page for page in pages)
    assert any("imbalance: passed" in text for text in texts)
    assert any("rises_next: FAILED" in text and "LOOKS AHEAD" in text for text in texts)
    assert not [output for output in shown if output.output_type == "stream" and output.name == "stderr"]
