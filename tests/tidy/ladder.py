"""Imports form a ladder, and modules no circle: the edges of each language, held against the table in levels.py."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tidy.finding import Finding, files, without_comments
from tidy.levels import OCAML_LEVELS, PYTHON_LEVELS, RUST_LEVELS, Levels
from tidy.python_modules import Import, imports_of_package

__all__ = ["ocaml_ladder", "python_circles", "python_ladder", "rust_ladder"]

TABLE = "tests/tidy/levels.py"


def rust_ladder(root: Path) -> list[Finding]:
    """A crate depends on crates of lower levels only."""
    edges = []
    for path in files(root, "Cargo.toml", under="market_data"):
        if path.parent == Path("market_data"):
            continue
        text = (root / path).read_text(encoding="utf-8")
        manifest = tomllib.loads(text)
        ours = {p.parent.name for p in files(root, "Cargo.toml", under="market_data")}
        for section in ("dependencies", "build-dependencies"):
            for name in sorted(set(manifest.get(section, {})) & ours):
                edges.append(Edge(path, _line_of(text, name), path.parent.name, name))
    return _climbs(edges, RUST_LEVELS)


def ocaml_ladder(root: Path) -> list[Finding]:
    """A folder's libraries and programs use libraries of lower folders only."""
    stanzas = {}
    for path in files(root, "dune", under="core_risk"):
        stanzas[path] = without_comments((root / path).read_text(encoding="utf-8"), r";[^\n]*")
    folder_of = {
        name: _folder(path)
        for path, text in stanzas.items()
        for name in re.findall(r"\(library\s.*?\((?:name|public_name)\s+([\w.]+)\)", text, flags=re.DOTALL)
    }
    edges = []
    for path, text in stanzas.items():
        for group in re.finditer(r"\(libraries\s+([^()]*)\)", text):
            for word in re.finditer(r"[\w.-]+", group.group(1)):
                used = folder_of.get(word.group())
                line = text.count("\n", 0, group.start(1) + word.start()) + 1
                if used and used != _folder(path):
                    edges.append(Edge(path, line, _folder(path), used))
    return _climbs(edges, OCAML_LEVELS)


def _folder(path: Path) -> str:
    """The folder of core_risk that a file stands in, at whatever depth: test/log is part of test."""
    return path.relative_to("core_risk").parts[0]


def python_ladder(root: Path) -> list[Finding]:
    """A module imports modules of lower levels, or of its own part."""
    edges = []
    for module, imports in imports_of_package(root).items():
        user = _part(module, PYTHON_LEVELS)
        for found in imports:
            used = _part(found.module, PYTHON_LEVELS)
            if user != used:
                edges.append(Edge(found.path, found.line, user, used))
    return _climbs(edges, PYTHON_LEVELS)


def python_circles(root: Path) -> list[Finding]:
    """No module imports, by whatever way, a module that imports it."""
    graph = imports_of_package(root)
    findings = []
    for module, imports in graph.items():
        for found in imports:
            way = _way(graph, found.module, module)
            if way:
                circle = " → ".join([module, *way])
                findings.append(
                    Finding(
                        found.path, found.line, f"import circle {circle}", "Move what both need into a third below."
                    )
                )
    return findings


class Edge(NamedTuple):
    """`user` uses `used`, at a line of a file."""

    path: Path
    line: int
    user: str
    used: str


def _climbs(edges: list[Edge], levels: Levels) -> list[Finding]:
    level_of = {name: number for number, names in enumerate(levels) for name in names}
    findings = []
    homeless: set[str] = set()
    for edge in edges:
        unknown = {name for name in (edge.user, edge.used) if name not in level_of}
        findings += [
            Finding(edge.path, edge.line, f"{name} stands on no level", f"Give it one in {TABLE}.")
            for name in sorted(unknown - homeless)
        ]
        homeless |= unknown
        if unknown:
            continue
        if level_of[edge.used] >= level_of[edge.user]:
            what = f"{edge.user} (level {level_of[edge.user]}) uses {edge.used} (level {level_of[edge.used]})"
            findings.append(
                Finding(edge.path, edge.line, what, f"Use what stands below only; the levels are in {TABLE}.")
            )
    return findings


def _part(module: str, levels: Levels) -> str:
    """The longest name of the table that `module` is, or stands in; the module itself if there is none."""
    named = frozenset().union(*levels)
    words = module.split(".")
    for length in range(len(words), 0, -1):
        name = ".".join(words[:length])
        if name in named:
            return name
    return module


def _way(graph: Mapping[str, list[Import]], start: str, goal: str) -> list[str]:
    """One way along imports from `start` to `goal`; empty if there is none."""
    before: dict[str, str] = {start: ""}
    waiting = [start]
    while waiting:
        here = waiting.pop()
        if here == goal:
            way = [here]
            while before[way[0]]:
                way.insert(0, before[way[0]])
            return way
        for found in graph.get(here, []):
            if found.module not in before:
                before[found.module] = here
                waiting.append(found.module)
    return []


def _line_of(text: str, name: str) -> int:
    found = re.search(rf"^{re.escape(name)}\b", text, flags=re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 1
