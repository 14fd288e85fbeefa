"""A rule that cannot fail guards nothing: each finds what is planted in a copy of the tree, at its file and line."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tidy.contracts import feed_states, refusals, system_packages, vectors_are_read, versions
from tidy.finding import Finding, Rule, files
from tidy.ladder import ocaml_ladder, python_circles, python_ladder, rust_ladder
from tidy.links import links
from tidy.money import ocaml_money, python_money, rust_money
from tidy.purity import ocaml_purity, python_purity, rust_purity
from tidy.python_modules import public_names
from tidy.rules import RULES
from tidy.sizes import file_sizes
from tidy.words import banned_words

ROOT = Path(__file__).parents[2]
PACKAGE = "strategy/quantumflow"
REPORTS = "reports/quantumflow_reports"

# rule, file that gets the text (made if absent, else the text is put at its end), text, a word of the finding
PLANTED = [
    (python_ladder, f"{PACKAGE}/vocabulary.py", "import quantumflow.engine\n", "vocabulary (level"),
    (
        python_ladder,
        f"{PACKAGE}/vocabulary.py",
        "def late():\n    from quantumflow import engine\n",
        "vocabulary (level",
    ),
    (python_ladder, f"{PACKAGE}/homeless.py", "from quantumflow.specs import Opening\n", "homeless stands on no level"),
    (python_ladder, f"{PACKAGE}/web/app.py", "import quantumflow_reports.page\n", "web (level"),
    (
        python_ladder,
        f"{REPORTS}/spans.py",
        "from quantumflow_reports import facts\n",
        "quantumflow_reports.spans (level",
    ),
    (python_circles, f"{PACKAGE}/vocabulary.py", "from quantumflow import outputs\n", "vocabulary → outputs"),
    (rust_ladder, "market_data/book/Cargo.toml", '[build-dependencies]\nfeed = "1"\n', "book (level"),
    (ocaml_ladder, "core_risk/lib/above/dune", "(library (name above) (libraries frames))\n", "above"),
    (python_purity, f"{PACKAGE}/features/planted.py", "import time\n", "import time"),
    (python_purity, f"{PACKAGE}/broker/planted.py", "from datetime import datetime\n", "import of datetime"),
    (python_purity, f"{PACKAGE}/strategies/planted.py", "print('x')\n", "print()"),
    (python_purity, f"{PACKAGE}/engine.py", "\nKEPT = open('x')\n", "open()"),
    (python_purity, f"{REPORTS}/numbers.py", "import time\n", "import time"),
    (rust_purity, "market_data/book/src/planted.rs", "use std::time::Instant;\n", "Instant"),
    (rust_purity, "market_data/session/src/planted.rs", 'fn f() { std::fs::read("x"); }\n', "std::fs"),
    (rust_purity, "market_data/wire/src/planted.rs", "use std::net::TcpStream;\n", "std::net"),
    (ocaml_purity, "core_risk/lib/planted.ml", "let now () = Unix.gettimeofday ()\n", "Unix.gettimeofday"),
    (ocaml_purity, "core_risk/lib/planted.ml", "let dice () = Random.int 6\n", "Random.int"),
    (ocaml_purity, "core_risk/lib/planted.ml", 'let say () = print_endline "x"\n', "print_endline"),
    (python_money, f"{PACKAGE}/planted.py", "cash_e8: float = 0.0\n", "cash_e8: float"),
    (python_money, f"{PACKAGE}/planted.py", "def f(price: float) -> None: ...\n", "price: float"),
    (python_money, f"{PACKAGE}/planted.py", "x = float(row.fee_e8)\n", "float(fee_e8)"),
    (python_money, f"{PACKAGE}/planted.py", "x = row['cash_e8'] / 100\n", "/ 100"),
    (python_money, f"{REPORTS}/page.py", "x = float(row.fee_e8)\n", "float(fee_e8)"),
    (rust_money, "market_data/book/src/planted.rs", "struct Level { price: f64 }\n", "price: f64"),
    (ocaml_money, "core_risk/lib/planted.mli", "type t = { cash_e8 : float }\n", "cash_e8 : float"),
    (public_names, f"{PACKAGE}/planted.py", '"""Nothing."""\n\nX = 1\n', "no __all__"),
    (public_names, f"{PACKAGE}/planted.py", '__all__ = ["absent"]\n', "absent"),
    (public_names, f"{PACKAGE}/planted.py", "__all__ = []\nfrom quantumflow.specs import dataclass\n", "dataclass"),
    (file_sizes, "market_data/feed/src/planted.rs", "// a line\n" * 401, "401 lines"),
    (banned_words, "README.md", "TO" + "DO: say more\n", "half-done"),
    (banned_words, f"{PACKAGE}/planted.py", "# see /ho" + "me/me/notes\n", "a path of one machine"),
    (banned_words, "README.md", "see iss" + "ue 12\n", "tracker"),
    (banned_words, "README.md", "https://files.pythonho" + "sted.org/x\n", "registry"),
    (links, "README.md", "[gone](docs/gone.md)\n", "docs/gone.md"),
    (links, "README.md", "see `strategy/gone.py`\n", "strategy/gone.py"),
    (links, "README.md", "[gone](ARCHITECTURE.md#no-such-part)\n", "no such heading"),
    (feed_states, "market_data/PROTOCOL.md", "| 2 | `alive` | x |\n", "`alive`"),
    (refusals, "core_risk/API.md", "| 9 | `just_because` | x |\n", "just_because"),
    (system_packages, "core_risk/lib/above/dune", "(library (name above) (libraries unix xmlm))\n", "xmlm"),
    (vectors_are_read, "tests/vectors/orphan/cases.json", "{}\n", "no language"),
]


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree as it is, without what was built from it."""
    target = tmp_path_factory.mktemp("tree")
    for path in files(ROOT):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, target / path)
    return target


@contextmanager
def planted(root: Path, name: str, text: str) -> Iterator[None]:
    """`text` at the end of `root/name` for as long as the block lasts."""
    path = root / name
    before = path.read_bytes() if path.exists() else None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((before or b"") + text.encode())
    try:
        yield
    finally:
        if before is None:
            path.unlink()
        else:
            path.write_bytes(before)


@pytest.mark.parametrize(("rule", "name", "text", "word"), PLANTED)
def test_finds_what_is_planted(copy: Path, rule: Rule, name: str, text: str, word: str) -> None:
    known = set(rule(copy))
    with planted(copy, name, text):
        new = [finding for finding in rule(copy) if finding not in known]
    assert any(word in str(finding) and str(finding.path) == name for finding in new), new


def test_a_refusal_that_no_contract_explains_is_found(copy: Path) -> None:
    path = copy / "core_risk/API.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("`risk_timeout`", "`slow`"), encoding="utf-8")
    try:
        assert any("risk_timeout" in finding.what for finding in refusals(copy))
    finally:
        path.write_text(text, encoding="utf-8")


def test_vectors_that_a_language_no_longer_reads_are_found(tmp_path: Path) -> None:
    vectors = tmp_path / "tests/vectors/frame/cases.json"
    vectors.parent.mkdir(parents=True)
    vectors.write_text("{}", encoding="utf-8")
    assert [finding.what for finding in vectors_are_read(tmp_path)] == [
        f"nothing in {language} reads it" for language in ("market_data", "core_risk", "strategy")
    ]


def test_a_version_of_its_own_is_found(copy: Path) -> None:
    path = copy / "pyproject.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('version = "', 'version = "9.', 1), encoding="utf-8")
    try:
        assert {str(finding.path) for finding in versions(copy)} == {"market_data/Cargo.toml", "CHANGELOG.md"}
    finally:
        path.write_text(text, encoding="utf-8")


def test_every_rule_is_planted() -> None:
    assert {row[0] for row in PLANTED} | {versions} == set(RULES)


def test_a_finding_names_file_line_and_remedy() -> None:
    assert str(Finding(Path("a/b.py"), 3, "two words", "Mend it.")) == "a/b.py:3: two words. Mend it."
