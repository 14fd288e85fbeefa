"""The tables fit the sources; a bug that no test sees is told, and a test that proves nothing is refused."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mutants.table import Mutant, RowWrong, mutated, read_table, wrong_rows
from mutants.tree import Copy
from mutants.trial import try_test

ROOT = Path(__file__).resolve().parents[2]
PYTHON = Path(sys.executable)
MUTANTS_MIN = 40

PLANTED = Mutant("python", "planted", "subtracts", "sum.py", "a + b", "a - b", "test_sum.py")


def test_every_row_fits_the_sources_and_there_are_enough() -> None:
    mutants = read_table()
    assert wrong_rows(mutants, ROOT) == []
    assert len(mutants) >= MUTANTS_MIN
    assert {mutant.language for mutant in mutants} == {"rust", "ocaml", "python"}


def test_a_row_whose_text_is_gone_or_stands_twice_is_named() -> None:
    for text, times in (("a * b", "0"), ("a + b, a + b", "2")):
        with pytest.raises(RowWrong, match=f"planted: its text stands {times} times"):
            mutated(PLANTED, text)
    with pytest.raises(RowWrong, match="changes nothing"):
        mutated(replace(PLANTED, put="a + b"), "a + b")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "sum.py").write_text("def total(a: int, b: int) -> int:\n    return a + b\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(("fact", "red"), [("total(2, 2) == 4", True), ("total(2, 0) == 2", False)])
def test_a_bug_is_found_by_a_test_that_looks_and_survives_one_that_does_not(tree: Path, fact: str, red: bool) -> None:
    test = f"from sum import total\n\ndef test_total():\n    assert {fact}\n"
    (tree / "test_sum.py").write_text(test, encoding="utf-8")
    assert not try_test("python", PLANTED.test, tree, PYTHON).red
    (tree / "sum.py").write_text(mutated(PLANTED, (tree / "sum.py").read_text()), encoding="utf-8")
    verdict = try_test("python", PLANTED.test, tree, PYTHON)
    assert (verdict.red, verdict.broken) == (red, False)


def test_a_source_that_does_not_load_is_no_found_bug(tree: Path) -> None:
    (tree / "sum.py").write_text("def total(", encoding="utf-8")
    (tree / "test_sum.py").write_text("from sum import total\n", encoding="utf-8")
    verdict = try_test("python", PLANTED.test, tree, PYTHON)
    assert (verdict.red, verdict.broken) == (False, True)


def test_the_copy_follows_the_tree_and_writes_only_what_differs(tmp_path: Path) -> None:
    copy = Copy(ROOT, tmp_path / "tree")
    digest = copy.refresh()
    changed, other = tmp_path / "tree/Makefile", tmp_path / "tree/README.md"
    before = other.stat().st_mtime_ns
    copy.put("Makefile", "broken")
    assert copy.refresh() == digest
    assert changed.read_bytes() == (ROOT / "Makefile").read_bytes()
    assert other.stat().st_mtime_ns == before
