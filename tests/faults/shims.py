"""Libraries of C that stand between one program and the system: its wall clock, its disk, room for files."""

import struct
import subprocess
from pathlib import Path

__all__ = ["Clock", "Disk", "Files"]

_HERE = Path(__file__).parent


class _Shim:
    """A library for LD_PRELOAD that reads one number from a file; who maps the file sees it change."""

    source: str
    variable: str

    def __init__(self, directory: Path) -> None:
        self._path = directory / self.source
        self._library = directory / f"{self.source}.so"
        self.set(0)
        command = ["cc", "-shared", "-fPIC", "-O1", "-o", str(self._library), str(_HERE / f"{self.source}.c"), "-ldl"]
        subprocess.run(command, check=True, capture_output=True, timeout=60)

    def set(self, value: int) -> None:
        with self._path.open("r+b" if self._path.exists() else "wb") as file:
            file.write(struct.pack("<q", value))

    @property
    def settings(self) -> dict[str, str]:
        """For the environment of a program."""
        return {"LD_PRELOAD": str(self._library), self.variable: str(self._path)}


class Clock(_Shim):
    """The wall clock: nanoseconds ahead of the machine's."""

    source, variable = "clock_shim", "QF_TEST_CLOCK"


class Disk(_Shim):
    """The disk: milliseconds that each flush takes longer."""

    source, variable = "disk_shim", "QF_TEST_DISK"


class Files(_Shim):
    """New files: none can be made while the number is not 0."""

    source, variable = "files_shim", "QF_TEST_FILES"
