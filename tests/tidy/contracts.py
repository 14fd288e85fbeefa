"""One word for one thing: names, numbers and versions agree, vectors are read by all, packages are listed."""

import re
import tomllib
from enum import IntEnum
from pathlib import Path

from quantumflow.vocabulary import FeedState, Refusal
from tidy.finding import Finding, files, numbered

__all__ = ["feed_states", "refusals", "system_packages", "vectors_are_read", "versions"]

PROTOCOL = Path("market_data/PROTOCOL.md")
API = Path("core_risk/API.md")
FILLS = Path("strategy/quantumflow/broker/FILLS.md")

EXPLAINED_IN_API = range(1, 70)
EXPLAINED_IN_FILLS = range(70, 100)

PACKAGES = Path("setup/packages.txt")
WITH_THE_COMPILER = {"unix", "str", "threads"}

VECTORS = {
    Path("tests/vectors/frame/cases.json"): ("market_data", "core_risk", "strategy"),
    Path("tests/vectors/money/cases.json"): ("core_risk", "strategy"),
}
SOURCES = {"market_data": (".rs",), "core_risk": (".ml", "dune"), "strategy": (".py",)}


def feed_states(root: Path) -> list[Finding]:
    """PROTOCOL.md's table of states holds exactly vocabulary.FeedState."""
    rows = _rows(root / PROTOCOL, r"^\| (?P<number>\d+) \| `(?P<name>\w+)` \|")
    return _compare(PROTOCOL, rows, FeedState, set(FeedState))


def refusals(root: Path) -> list[Finding]:
    """API.md's tables hold core_risk's refusals and those of the way to it, FILLS.md names the paper broker's."""
    rows = _rows(root / API, r"^\| (?P<number>\d+) \| `(?P<name>\w+)` \|")
    findings = _compare(API, rows, Refusal, {r for r in Refusal if r in EXPLAINED_IN_API})
    text = (root / FILLS).read_text(encoding="utf-8") if (root / FILLS).exists() else ""
    findings += [
        Finding(FILLS, 1, f"`{refusal.name.lower()}` is not explained", "Say when it is given and what to do.")
        for refusal in Refusal
        if refusal in EXPLAINED_IN_FILLS and f"`{refusal.name.lower()}`" not in text
    ]
    return findings


def _rows(path: Path, pattern: str) -> list[tuple[int, int, str]]:
    found = []
    for line, text in numbered(path.read_text(encoding="utf-8")):
        row = re.match(pattern, text)
        if row:
            found.append((line, int(row["number"]), row["name"]))
    return found


def _compare(
    path: Path, rows: list[tuple[int, int, str]], names: type[IntEnum], expected: set[IntEnum]
) -> list[Finding]:
    findings = []
    for line, number, name in rows:
        if not any(one.value == number and one.name.lower() == name for one in expected):
            what = f"{number} `{name}` is not what vocabulary.{names.__name__} says"
            findings.append(Finding(path, line, what, "Make the two agree; a number is never reused."))
    written = {(number, name) for _, number, name in rows}
    for one in sorted(expected):
        if (one.value, one.name.lower()) not in written:
            what = f"{one.value} `{one.name.lower()}` of vocabulary.{names.__name__} is missing"
            findings.append(Finding(path, 1, what, "Add its row."))
    return findings


def versions(root: Path) -> list[Finding]:
    """The package and the crates carry one version, and the changelog knows it."""
    version = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    crates = tomllib.loads((root / "market_data/Cargo.toml").read_text(encoding="utf-8"))
    findings = []
    if crates["workspace"]["package"]["version"] != version:
        findings.append(
            Finding(Path("market_data/Cargo.toml"), 1, f"version is not {version}", "Use pyproject.toml's.")
        )
    if f"## [{version}]" not in (root / "CHANGELOG.md").read_text(encoding="utf-8"):
        findings.append(Finding(Path("CHANGELOG.md"), 1, f"no section [{version}]", "Say what a user notices."))
    return findings


def vectors_are_read(root: Path) -> list[Finding]:
    """Each case file is read by the tests of every language that has the thing it describes."""
    findings = []
    for vectors in files(root, "cases.json", under="tests/vectors"):
        if vectors not in VECTORS:
            findings.append(
                Finding(vectors, 1, "no language is named to read it", "Name them in tests/tidy/contracts.py.")
            )
        for language in VECTORS.get(vectors, ()):
            kind = vectors.parent.name
            wanted = re.compile(rf"vectors\W+{kind}\b")
            if not any(wanted.search(_read(root / path)) for path in files(root, *SOURCES[language], under=language)):
                findings.append(Finding(vectors, 1, f"nothing in {language} reads it", "Read every case in its tests."))
    return findings


def system_packages(root: Path) -> list[Finding]:
    """Every OCaml library that core_risk uses and does not make is listed in setup/packages.txt."""
    stanzas = {path: _read(root / path) for path in files(root, "dune", under="core_risk")}
    ours = {name for text in stanzas.values() for name in re.findall(r"\((?:name|public_name)\s+([\w.]+)\)", text)}
    listed = set(re.findall(r"ocamlfind query ([\w-]+)", _read(root / PACKAGES)))
    findings = []
    for path, text in stanzas.items():
        for group in re.finditer(r"\(libraries\s+([^()]*)\)", text):
            for library in sorted(set(group.group(1).split()) - ours):
                if library.split(".")[0] not in listed | WITH_THE_COMPILER:
                    line = text.count("\n", 0, text.index(library, group.start(1))) + 1
                    findings.append(Finding(path, line, f"{library} is in no package", f"Add it to {PACKAGES}."))
    return findings


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
