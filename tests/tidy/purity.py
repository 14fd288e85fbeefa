"""Pure cores have no clock, no chance, no I/O: what they may not touch, by folder and language."""

import ast
import re
from pathlib import Path

from tidy.finding import Finding, files, without_comments

__all__ = ["ocaml_purity", "python_purity", "rust_purity"]

REMEDY = "Take it as an argument; the shell around this core asks the world."

RUST_CLOCK_AND_NET = r"Instant|SystemTime|std::net|std::thread|std::process|std::env|tokio|rand::|println!|eprintln!"
RUST_PURE = {
    "book/src": rf"\b(?:{RUST_CLOCK_AND_NET}|std::fs|std::io)",
    "wire/src": rf"\b(?:{RUST_CLOCK_AND_NET}|std::fs|std::io)",
    "venue/src": rf"\b(?:{RUST_CLOCK_AND_NET}|std::fs|std::io)",
    "session/src": rf"\b(?:{RUST_CLOCK_AND_NET}|std::fs|std::io)",
    "exchange_sim/src/market": rf"\b(?:{RUST_CLOCK_AND_NET}|std::fs|std::io)",
    "capture/src": rf"\b(?:{RUST_CLOCK_AND_NET})",  # it reads the files it is given
}
RUST_TESTS = re.compile(r"^#\[cfg\(test\)\]", re.MULTILINE)

OCAML_PURE = ("lib", "json", "frames")
OCAML_BANNED = re.compile(
    r"\b(Unix\.\w+|Lwt\w*\.\w+|Sys\.(?:time|getenv|command)\w*|Random\.\w+|open_(?:in|out)\w*|print_\w+|prerr_\w+"
    r"|(?:Printf|Format|Fmt)\.e?printf|Fmt\.pr|Stdlib\.stdin|read_line)\b"
)

PYTHON_PURE = (
    "vocabulary.py",
    "events.py",
    "outputs.py",
    "specs.py",
    "units.py",
    "frames.py",
    "engine.py",
    "engine",
    "state.py",
    "features",
    "strategies",
    "broker",
    "journal/chain.py",
    "journal/export.py",
)
REPORT_PURE = (
    "bootstrap.py",
    "curve.py",
    "facts.py",
    "numbers.py",
    "page.py",
    "presence.py",
    "ratios.py",
    "realism.py",
    "spans.py",
    "tallies.py",
    "trips.py",
)
PYTHON_MODULES = frozenset({"time", "random", "secrets", "os", "io", "socket", "subprocess", "threading", "datetime"})
PYTHON_CALLS = frozenset({"open", "print", "input"})


def rust_purity(root: Path) -> list[Finding]:
    """The pure crates name no clock, no socket, no file outside their tests."""
    findings = []
    for folder, banned in RUST_PURE.items():
        for path in files(root, ".rs", under=f"market_data/{folder}"):
            if path.stem in {"tests", "test"}:
                continue
            text = RUST_TESTS.split((root / path).read_text(encoding="utf-8"), maxsplit=1)[0]
            findings += _matches(path, without_comments(text, r"//[^\n]*"), re.compile(banned))
    return findings


def ocaml_purity(root: Path) -> list[Finding]:
    """The pure libraries name no system call and print nothing."""
    findings = []
    for library in OCAML_PURE:
        for path in files(root, ".ml", under=f"core_risk/{library}"):
            text = without_comments((root / path).read_text(encoding="utf-8"), r"\(\*.*?\*\)")
            findings += _matches(path, text, OCAML_BANNED)
        for path in files(root, "dune", under=f"core_risk/{library}"):
            findings += _matches(
                path, (root / path).read_text(encoding="utf-8"), re.compile(r"\b(unix|lwt[\w.]*|cohttp\S*)\b")
            )
    return findings


def _matches(path: Path, text: str, banned: re.Pattern[str]) -> list[Finding]:
    return [
        Finding(path, text.count("\n", 0, found.start()) + 1, f"{found.group()} in a pure core", REMEDY)
        for found in banned.finditer(text)
    ]


def python_purity(root: Path) -> list[Finding]:
    """The engine, what it stands on, and the report's numbers import no clock, no chance, no I/O, and print nothing."""
    strategy, reports = Path("strategy/quantumflow"), Path("reports/quantumflow_reports")
    findings = []
    for package, part in [*((strategy, part) for part in PYTHON_PURE), *((reports, part) for part in REPORT_PURE)]:
        single = root / package / part
        paths = [package / part] if single.is_file() else list(files(root, ".py", under=str(package / part)))
        for path in paths:
            if path.name in {"__main__.py", "warm.py"}:
                continue  # entry points, not the core
            tree = ast.parse((root / path).read_text(encoding="utf-8"))
            findings += [
                Finding(path, line, f"{what} in a pure core", REMEDY) for line, what in _python_impurities(tree)
            ]
    return findings


def _python_impurities(tree: ast.Module) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, f"import {a.name}") for a in node.names if a.name.split(".")[0] in PYTHON_MODULES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in PYTHON_MODULES:
            found.append((node.lineno, f"import of {node.module}"))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in PYTHON_CALLS:
            found.append((node.lineno, f"{node.func.id}()"))
    return found
