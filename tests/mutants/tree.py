"""A copy of the tree to put bugs into: only files that differ are written, so that every build cache stays warm."""

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Any

__all__ = ["Copy"]


class Copy:
    """The tracked files of `root`, kept in `place` from run to run, with what was built there."""

    def __init__(self, root: Path, place: Path) -> None:
        self.root = root
        self.place = place

    def refresh(self) -> dict[str, str]:
        """Brings the copy up to the tree, and gives the digest of what is in each top folder of it."""
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=self.root,
            capture_output=True,
            check=True,
        )
        names = sorted(name for name in listed.stdout.decode().split("\0") if name and (self.root / name).is_file())
        digests: dict[str, Any] = {}
        for name in names:
            content = (self.root / name).read_bytes()
            digest = digests.setdefault(name.partition("/")[0], hashlib.sha256())
            digest.update(f"{name}\0{len(content)}\0".encode() + content)
            self._write(name, content)
        self._remove_others(set(names))
        return {folder: digest.hexdigest()[:16] for folder, digest in digests.items()}

    def put(self, name: str, text: str) -> None:
        """Another content for one file."""
        self._write(name, text.encode())

    def restore(self, name: str) -> None:
        """The tree's own content again."""
        self._write(name, (self.root / name).read_bytes())

    def _write(self, name: str, content: bytes) -> None:
        target = self.place / name
        if not target.is_file() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            shutil.copymode(self.root / name, target)

    def _remove_others(self, names: set[str]) -> None:
        """What the tree no longer has; what was built in the copy is no concern of ours."""
        ours = (".rs", ".ml", ".mli", ".py", ".toml", ".json", "dune")
        built = {"target", "_build", ".build", "__pycache__", ".venv"}
        for path in self.place.rglob("*"):
            name = path.relative_to(self.place)
            if built.isdisjoint(name.parts) and path.is_file() and path.name.endswith(ours) and str(name) not in names:
                path.unlink()
