"""An export that was cut, flipped, mixed or blown up: refused by name and left, or brought up to the journal's head."""

import gzip
import os
import random
import shutil
import tracemalloc
import zlib
from pathlib import Path

import pytest

from fuzz.mutator import changed
from journal.sample import lived
from quantumflow.errors import QuantumFlowError
from quantumflow.exports import PAGE_BYTES_MAX, JournalPages, export_to
from reliability.tally import tallied

CASES = int(os.environ.get("FUZZ_CASES", "200"))
SEED = int(os.environ.get("FUZZ_SEED", "20240808"))


@pytest.fixture
def exported(tmp_path: Path) -> tuple[Path, Path]:
    """A journal and its whole export, of several members."""
    life = lived(tmp_path, trips=1)
    file = tmp_path / "events.jsonl.gz"
    for trip in range(3):
        export_to(file, JournalPages(tmp_path / "journal.db"), lambda _done, _of: None)
        life.round_trip(6_100_000 + trip, 1_000)
    export_to(file, JournalPages(tmp_path / "journal.db"), lambda _done, _of: None)
    life.writer.close()
    return tmp_path / "journal.db", file


def lines(file: Path) -> bytes:
    return gzip.decompress(file.read_bytes())


def test_a_changed_export_is_refused_or_made_whole(exported: tuple[Path, Path], tmp_path: Path) -> None:
    journal, file = exported
    good, whole = file.read_bytes(), lines(file)
    draw, refused, mended = random.Random(SEED), 0, 0
    given = tmp_path / "given.jsonl.gz"
    with tallied("fuzz", "Python: an export's members", "gzip changed at random", "refused, or made whole") as told:
        for data in [good, good[:-1], b"", *(changed(draw, [good]) for _ in range(CASES))]:
            given.write_bytes(data)
            try:
                export_to(given, JournalPages(journal), lambda _done, _of: None)
            except QuantumFlowError:
                refused += 1
                assert given.read_bytes() == data, "what was refused is left as it was found"
            else:
                mended += 1
                assert lines(given) == whole, f"seed {SEED}: {data.hex()}"
        told |= {"runs": refused + mended, "seed": str(SEED), "taken": mended}
    assert refused > 0
    assert mended > 1


def test_a_member_that_unpacks_without_end_is_refused_in_bounded_memory(exported: tuple[Path, Path]) -> None:
    journal, file = exported
    packer = zlib.compressobj(9, wbits=31)
    with file.open("ab") as target:
        for _ in range(20 * PAGE_BYTES_MAX // 2**20):
            target.write(packer.compress(bytes(2**20)))
        target.write(packer.flush())
    kept = file.with_name("kept")
    shutil.copy(file, kept)
    tracemalloc.start()
    with pytest.raises(QuantumFlowError, match="a page of over"):
        export_to(file, JournalPages(journal), lambda _done, _of: None)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 4 * PAGE_BYTES_MAX
    assert file.read_bytes() == kept.read_bytes()
