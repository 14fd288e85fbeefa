"""Words that have no place in the tree: half-done work, one machine's paths, and who or what wrote it."""

import re
from pathlib import Path

from tidy.finding import Finding, files, numbered

__all__ = ["banned_words"]

TEXTS = (
    ".rs",
    ".ml",
    ".mli",
    ".py",
    ".sh",
    ".ts",
    ".toml",
    ".md",
    ".yml",
    ".yaml",
    ".conf",
    ".json",
    "Makefile",
    "run",
)
GENERATED = ("Cargo.lock", "requirements.lock", "requirements-dev.lock", "cases.json")

# One bracketed letter in each pattern keeps this file from finding itself.
BANNED = (
    (r"\b(TOD[O]|FIXM[E]|XX[X])\b|todo[!]\(|unimplemented[!]\(", "half-done work", "Do it, or leave it out."),
    (r"(?<![\w.])/(wor[k]|hom[e]|roo[t]|User[s])/", "a path of one machine", "Take it from a setting or an argument."),
    (
        r"pythonhoste[d]\.org|static\.crate[s]\.io|registry\.npmj[s]",
        "a registry's host",
        "Let the package tool choose.",
    ),
    (r"(?i)\b(clau[d]e|anthropi[c]|chatgp[t]|copilo[t]|opena[i])\b", "a tool's name", "Say what the code does."),
    (r"(?i)\b(language mode[l]|a[i] assistant)\b", "a tool's name", "Say what the code does."),
    (r"\b(DESIG[N]|STYL[E]|VENUE[S]|TOOLCHAI[N])\.md\b", "a document that is not here", "Say it here."),
    (r"(?<!docs/)\bRELIABILIT[Y]\.md\b", "a page without its folder", "Write docs/ before it."),
    (r"(?i)\bissue[s]?\s+(#|no\.?|number)?\s*\d+", "a number that only its tracker knows", "Say the matter itself."),
)


def banned_words(root: Path) -> list[Finding]:
    """No text of ours holds a banned word; each finding says what to write in its stead."""
    findings = []
    for path in files(root, *TEXTS):
        if path.name in GENERATED:
            continue
        for number, line in numbered((root / path).read_text(encoding="utf-8")):
            for pattern, what, remedy in BANNED:
                found = re.search(pattern, line)
                if found:
                    findings.append(Finding(path, number, f"{what}: {found.group()!r}", remedy))
    return findings
