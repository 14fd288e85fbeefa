"""Relative links of the documents lead somewhere, and so do the paths they name."""

import re
from pathlib import Path

from tidy.finding import Finding, files, numbered

__all__ = ["links"]

LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)|<img [^>]*src=\"(?P<image>[^\"]+)\"")
PATH = re.compile(r"`(?P<path>(?:market_data|core_risk|strategy|tests|setup|docs)/[\w./-]+)`")
BUILT = re.compile(r"/(target|_build)/")


def links(root: Path) -> list[Finding]:
    """Every relative link names a file that is there, and a heading that is in it; a path in the prose exists."""
    findings = []
    for path in files(root, ".md"):
        for number, line in numbered((root / path).read_text(encoding="utf-8")):
            for found in PATH.finditer(line):
                if not BUILT.search(found["path"]) and not (root / found["path"]).exists():
                    findings.append(Finding(path, number, f"{found['path']} is not there", "Name where it is now."))
            for found in LINK.finditer(line):
                target = found["target"] or found["image"]
                if re.match(r"[a-z]+:", target):
                    continue
                name, _, heading = target.partition("#")
                file = (root / path).parent / name if name else root / path
                if not file.exists():
                    findings.append(Finding(path, number, f"{target} is not there", "Mend the link or drop it."))
                elif heading and heading not in _headings(file):
                    findings.append(Finding(path, number, f"{target}: no such heading", "Mend the link or drop it."))
    return findings


def _headings(file: Path) -> set[str]:
    """Headings as anchors: lower case, words joined by hyphens, other signs dropped."""
    titles = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
