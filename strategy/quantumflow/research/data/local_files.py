"""The provider of files that are here already: QF_LOCAL_DATA is a folder with the layout of Binance's archive.

For a mirror on a disk, or files that someone else fetched. They are copied, and checked where a .CHECKSUM lies beside.
"""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from quantumflow.errors import DataRefused
from quantumflow.research.data.archive_names import archive_files, checksum_of
from quantumflow.research.data.providers import Told, Wanted
from quantumflow.research.data.store import file_sha256

__all__ = ["LocalFiles"]


class LocalFiles:
    """See above."""

    name = "local"

    def __init__(self) -> None:
        self.folder = Path(os.environ.get("QF_LOCAL_DATA", ""))

    def files(self, wanted: Wanted) -> Sequence[str]:
        if not os.environ.get("QF_LOCAL_DATA") or not self.folder.is_dir():
            raise DataRefused("no_such_file", "QF_LOCAL_DATA names no folder; it has the layout of Binance's archive")
        return archive_files(wanted)

    def bring(self, file: str, target: Path, told: Told) -> bool:
        source = self.folder / file
        if not source.is_file():
            return False
        told(file, 0, source.stat().st_size)
        beside = target.with_name(target.name + ".new")
        shutil.copyfile(source, beside)
        sums = source.with_name(source.name + ".CHECKSUM")
        if sums.is_file() and file_sha256(beside) != checksum_of(sums.read_text(encoding="utf-8"), sums.name):
            beside.unlink()
            raise DataRefused("checksum_differs", f"{source} is not what {sums.name} says; get it again")
        beside.replace(target)
        return True
