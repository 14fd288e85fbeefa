"""Money and quantities are integers of a named unit: no name that carries one is a float, in any language.

Features and strategies may make an indicator of a price, a float of another name, and the report a chart or a ratio of
money; nothing else may.
"""

import ast
import re
from pathlib import Path

from tidy.finding import Finding, files, without_comments

__all__ = ["ocaml_money", "python_money", "rust_money"]

PACKAGES = ("strategy/quantumflow", "reports/quantumflow_reports")
INDICATORS = ("features", "strategies", "decision.py", "charts", "ratios.py")

REMEDY = "Keep it an integer of its unit; a float is for indicators."

MONEY = r"(?:\w+_(?:e8|lots)|(?:\w+_)?(?:price|qty|cash|fee|notional|equity|deposit|capital|cost|realised))"
MONEY_NAME = re.compile(MONEY)
RUST_FLOAT = re.compile(rf"\b{MONEY}\s*:\s*(?:Option<)?f(?:32|64)\b")
OCAML_FLOAT = re.compile(rf"\b{MONEY}\s*:\s*float\b")


def rust_money(root: Path) -> list[Finding]:
    """No field, argument or variable of a money name is an f32 or f64."""
    return _typed(root, "market_data", (".rs",), r"//[^\n]*", RUST_FLOAT)


def ocaml_money(root: Path) -> list[Finding]:
    """No field or value of a money name is a float."""
    return _typed(root, "core_risk", (".ml", ".mli"), r"\(\*.*?\*\)", OCAML_FLOAT)


def _typed(root: Path, folder: str, suffixes: tuple[str, ...], comment: str, banned: re.Pattern[str]) -> list[Finding]:
    findings = []
    for path in files(root, *suffixes, under=folder):
        text = without_comments((root / path).read_text(encoding="utf-8"), comment)
        for found in banned.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            findings.append(Finding(path, line, f"money in a float: {found.group()!r}", REMEDY))
    return findings


def python_money(root: Path) -> list[Finding]:
    """No annotation calls a money name a float, no code turns one into a float or divides one by `/`."""
    findings = []
    for path in (path for package in PACKAGES for path in files(root, ".py", under=package)):
        makes_indicators = path.parts[2] in INDICATORS
        for node in ast.walk(ast.parse((root / path).read_text(encoding="utf-8"))):
            what = _float_name(node) or ("" if makes_indicators else _float_value(node))
            if what:
                findings.append(Finding(path, getattr(node, "lineno", 1), what, REMEDY))
    return findings


def _float_name(node: ast.AST) -> str:
    if isinstance(node, ast.AnnAssign | ast.arg) and node.annotation is not None:
        name = node.arg if isinstance(node, ast.arg) else _name(node.target)
        if _is_money(name) and "float" in ast.unparse(node.annotation):
            return f"money in a float: {name}: {ast.unparse(node.annotation)}"
    return ""


def _float_value(node: ast.AST) -> str:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float":
        names = [_name(argument) for argument in node.args]
        if any(_is_money(name) for name in names):
            return f"money made a float: float({names[0]})"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and _is_money(_name(node.left)):
        return f"money divided into a float: {ast.unparse(node)}"
    return ""


def _name(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
    return ""


def _is_money(name: str) -> bool:
    return MONEY_NAME.fullmatch(name) is not None
