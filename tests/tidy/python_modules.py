"""The modules of our packages as text and syntax: their names, imports, and public names.

Modules of quantumflow go by their own name, those of quantumflow_reports by their package's and theirs.
"""

import ast
from pathlib import Path
from typing import NamedTuple

from tidy.finding import Finding, files

__all__ = ["Import", "imports_of_package", "public_names", "syntax"]

PACKAGES = {"quantumflow": Path("strategy/quantumflow"), "quantumflow_reports": Path("reports/quantumflow_reports")}


class Import(NamedTuple):
    """One import of a module of ours, with the names taken from it."""

    path: Path
    line: int
    module: str
    names: tuple[str, ...]


def module_name(path: Path) -> str:
    """`strategy/quantumflow/journal/chain.py` → `journal.chain`; a package's `__init__` has the package's name."""
    package = _package(path)
    words = [package, *path.relative_to(PACKAGES[package]).with_suffix("").parts]
    if words[-1] == "__init__":
        words.pop()
    return _short(".".join(words))


def _package(path: Path) -> str:
    """The package that a file belongs to."""
    return next(name for name, folder in PACKAGES.items() if path.is_relative_to(folder))


def syntax(root: Path) -> dict[str, tuple[Path, ast.Module]]:
    """Every module of the packages by name, parsed."""
    return {
        module_name(path): (path, ast.parse((root / path).read_text(encoding="utf-8")))
        for folder in PACKAGES.values()
        for path in files(root, ".py", under=str(folder))
    }


def imports_of_package(root: Path) -> dict[str, list[Import]]:
    """For each module, what it imports from the packages; imports inside functions count too."""
    modules = syntax(root)
    return {name: _imports(path, tree, frozenset(modules)) for name, (path, tree) in modules.items()}


def _imports(path: Path, tree: ast.Module, modules: frozenset[str]) -> list[Import]:
    found = []
    entry = {inner for node in tree.body if _is_entry(node) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if node in entry:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] in PACKAGES:
                    found.append(Import(path, node.lineno, _short(alias.name), ()))
        elif isinstance(node, ast.ImportFrom):
            base = _base(path, node)
            if base is None:
                continue
            inner = [alias.name for alias in node.names if _join(base, alias.name) in modules]
            found += [Import(path, node.lineno, _join(base, name), ()) for name in inner]
            names = tuple(alias.name for alias in node.names if alias.name not in inner)
            if names:
                found.append(Import(path, node.lineno, base, names))
    return [one for one in found if one.module != module_name(path)]


def _is_entry(node: ast.stmt) -> bool:
    """`if __name__ == "__main__":`: what only `python -m` runs is no import of the module."""
    return isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'"


def _base(path: Path, node: ast.ImportFrom) -> str | None:
    """The module of ours that a `from … import` names, or None for another's."""
    if node.level:
        package = [_package(path), *path.relative_to(PACKAGES[_package(path)]).parent.parts]
        package = package[: len(package) - (node.level - 1)]
        return _short(".".join([*package, *([node.module] if node.module else [])]))
    if node.module and node.module.split(".")[0] in PACKAGES:
        return _short(node.module)
    return None


def _short(name: str) -> str:
    return name.removeprefix("quantumflow.")


def _join(base: str, name: str) -> str:
    return name if base == "quantumflow" else f"{base}.{name}"


def public_names(root: Path) -> list[Finding]:
    """Every public module says its names in `__all__`, each exists, and others import no other."""
    modules = syntax(root)
    promised: dict[str, frozenset[str]] = {}
    findings = []
    for name, (path, tree) in modules.items():
        if path.name in {"__main__.py"} or (path.name.startswith("_") and path.name != "__init__.py"):
            continue
        line, names = _all_of(tree)
        defined = _defined(tree)
        if names is None:
            if len(tree.body) > 1 or path.name != "__init__.py":
                findings.append(Finding(path, 1, "no __all__", "List the names that others may use."))
            continue
        promised[name] = frozenset(names)
        findings += [
            Finding(path, line, f"__all__ names {lost}, which is not there", "Define it or take it out.")
            for lost in sorted(set(names) - defined)
        ]
    for imports in imports_of_package(root).values():
        for used in imports:
            unlisted = sorted(set(used.names) - promised.get(used.module, frozenset(used.names)) - {"*"})
            findings += [
                Finding(
                    used.path, used.line, f"{one} is not in __all__ of {used.module}", "List it there, or use another."
                )
                for one in unlisted
            ]
    return findings


def _all_of(tree: ast.Module) -> tuple[int, list[str] | None]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            names = ast.literal_eval(node.value)
            return node.lineno, [str(name) for name in names]
    return 1, None


def _defined(tree: ast.Module) -> set[str]:
    """Names that a module binds at its top level, in plain or conditional statements."""
    names: set[str] = set()
    waiting: list[ast.stmt] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)}
        elif isinstance(node, ast.AnnAssign | ast.AugAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.If | ast.Try | ast.With):
            waiting += [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]
    return names
