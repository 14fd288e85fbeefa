"""A file over 400 lines holds a second noun."""

from pathlib import Path

from tidy.finding import Finding, files

__all__ = ["file_sizes"]

LINES_MAX = 400
SOURCES = (".rs", ".ml", ".mli", ".py", ".sh", ".ts", "Makefile")


def file_sizes(root: Path) -> list[Finding]:
    """No source file is longer than LINES_MAX lines."""
    findings = []
    for path in files(root, *SOURCES):
        lines = len((root / path).read_text(encoding="utf-8").splitlines())
        if lines > LINES_MAX:
            findings.append(
                Finding(path, lines, f"{lines} lines, {LINES_MAX} are the most", "Move its second noun into a file.")
            )
    return findings
