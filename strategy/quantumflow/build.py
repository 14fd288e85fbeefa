"""The build that every program of the appliance must share: QF_BUILD, else build.txt of the last setup, else "dev"."""

import os
from pathlib import Path

__all__ = ["BUILD_LENGTH_MAX", "build_id"]

BUILD_LENGTH_MAX = 64
_FILE = Path(__file__).with_name("build.txt")


def build_id() -> str:
    """This package's build. `make setup` writes build.txt and compiles the same text into the other programs."""
    text = os.environ.get("QF_BUILD", "").strip()
    if not text and _FILE.exists():
        text = _FILE.read_text(encoding="utf-8").strip()
    text = text or "dev"
    if len(text) > BUILD_LENGTH_MAX or not text.isprintable():
        raise ValueError(f"build id {text!r}: at most {BUILD_LENGTH_MAX} printable characters; run `make setup` again")
    return text
