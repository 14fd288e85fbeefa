"""Where datasets are: raw files as they came, and Parquet by month beside the facts.

    <research-dir>/raw/<provider>/…              never changed
    <research-dir>/datasets/<name>/dataset.json  facts, gaps, halts, findings, hashes
    <research-dir>/datasets/<name>/month=2024-08.<start of its SHA-256>.parquet

A dataset is what its dataset.json names, and the replacing of that one file makes a new one of it: at any other moment
the files of the old one are all there. What an interrupted writer left is named nowhere, and goes with the next one.
The directory is `--research-dir`, else QF_RESEARCH_DIR, else ./data/research.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from quantumflow.durable import replace_file
from quantumflow.errors import DataRefused
from quantumflow.research.data.cleaning import Cleaned
from quantumflow.research.data.columns import Rows
from quantumflow.research.data.dataset import Dataset, content_hash
from quantumflow.research.data.numbers import Integers

__all__ = ["FORMAT", "Source", "Store", "file_sha256", "month_of", "research_dir"]

FORMAT = 1
_FACTS = "dataset.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def research_dir(chosen: Path | None = None) -> Path:
    """Where research keeps its data."""
    return chosen or Path(os.environ.get("QF_RESEARCH_DIR", "data/research"))


@dataclass(frozen=True, slots=True)
class Source:
    """How a dataset is made of its raw files. `raw` are paths below the research directory, in order."""

    name: str
    provider: str
    symbol: str
    interval: str
    interval_ns: int
    raw: tuple[str, ...]
    on_conflict: str


class Store:
    """Datasets and raw files of one research directory."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.datasets = root / "datasets"

    def list(self) -> "list[Dataset]":
        """By name."""
        return [self.load(path.parent.name) for path in sorted(self.datasets.glob(f"[!.]*/{_FACTS}"))]

    def load(self, name: str) -> Dataset:
        """Its facts; rows are read on first use. Raises DataRefused if there is none, or of another format."""
        path = self.datasets / name / _FACTS
        try:
            facts = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            there = ", ".join(sorted(p.parent.name for p in self.datasets.glob(f"[!.]*/{_FACTS}"))) or "none"
            detail = f"no dataset {name!r} in {self.root}; there: {there}"
            raise DataRefused("no_such_dataset", detail) from None
        except ValueError as error:
            raise _facts_lost(path, str(error)) from None
        if not isinstance(facts, dict):
            raise _facts_lost(path, "not an object")
        if facts.get("format") != FORMAT:
            detail = f"{path} is of format {facts.get('format')}, this program's is {FORMAT}; import it again"
            raise DataRefused("dataset_format", detail)
        return Dataset(path.parent, facts, read_rows)

    def write(self, source: Source, cleaned: Cleaned) -> Dataset:
        """Replaces the dataset of that name, whole or not at all. Raises DataRefused while another program does."""
        check_name(source.name)
        directory = self.datasets / source.name
        directory.mkdir(parents=True, exist_ok=True)
        with _alone(directory):
            partitions = _write_months(directory, cleaned.rows)
            facts = self._facts(source, cleaned, partitions)
            replace_file(directory / _FACTS, json.dumps(facts, indent=1, ensure_ascii=False).encode())
            named = {_FACTS, *(part["path"] for part in partitions)}
            for path in directory.iterdir():
                if path.name not in named:
                    path.unlink()
        return self.load(source.name)

    def _facts(self, source: Source, cleaned: Cleaned, partitions: Sequence[dict[str, Any]]) -> dict[str, Any]:
        rows = cleaned.rows
        moments = rows.columns[_key(rows.kind)]
        return {
            "format": FORMAT,
            "name": source.name,
            "provider": source.provider,
            "kind": rows.kind,
            "symbol": source.symbol,
            "interval": source.interval,
            "interval_ns": source.interval_ns,
            "columns": list(rows.columns),
            "scales": dict(rows.scales),
            "rows": len(rows),
            "first_ns": int(moments[0]),
            "last_ns": int(moments[-1]),
            "content_hash": content_hash(rows.kind, source.symbol, source.interval_ns, rows.scales, rows.columns),
            "gaps": list(cleaned.gaps),
            "halts": list(cleaned.halts),
            "findings": [asdict(finding) for finding in rows.findings],
            "on_conflict": source.on_conflict,
            "raw": [{"path": path, "sha256": file_sha256(self.root / path)} for path in source.raw],
            "partitions": list(partitions),
        }

    def keep_raw(self, provider: str, path: Path) -> str:
        """Copies a file or a recording's directory below raw/, once; its place below the research directory."""
        digest = file_sha256(path)
        place = Path("raw") / provider / f"{digest[:12]}-{path.name}"
        target = self.root / place
        if target.exists() and file_sha256(target) == digest:
            return str(place)
        beside = target.with_name(target.name + ".new")
        shutil.rmtree(beside, ignore_errors=True)
        beside.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, beside)
            shutil.rmtree(target, ignore_errors=True)
        else:
            shutil.copyfile(path, beside)
        beside.replace(target)
        return str(place)


def check_name(name: str) -> None:
    """Raises DataRefused for a name that cannot be a directory's."""
    if not _NAME.fullmatch(name):
        detail = f"{name!r}: a dataset's name has letters, digits, dots, dashes, and at most 64 of them"
        raise DataRefused("name_refused", detail)


def month_of(moment_ns: int) -> str:
    """`2024-08`, in UTC."""
    return datetime.fromtimestamp(moment_ns // 10**9, UTC).strftime("%Y-%m")


def _facts_lost(path: Path, why: str) -> DataRefused:
    detail = f"{path}: {why}; what it was made of is lost: remove {path.parent}, then import or fetch it again"
    return DataRefused("dataset_damaged", detail)


def _key(kind: str) -> str:
    return "close_ns" if kind == "candles" else "time_ns"


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """One writer at a time: another one's files would be swept away. The lock ends with the process."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            detail = f"another program is writing {directory.name}; run it again when that has ended"
            raise DataRefused("dataset_in_use", detail) from None
        yield
    finally:
        os.close(descriptor)


def _write_months(directory: Path, rows: Rows) -> "list[dict[str, Any]]":
    """Each month's file named by what is in it, so that none takes another one's place; on disk when it returns."""
    moments = rows.columns[_key(rows.kind)]
    months = moments.astype("datetime64[ns]").astype("datetime64[M]").astype(np.int64)
    edges = np.flatnonzero(np.diff(months)) + 1
    written = []
    for begin, end in zip([0, *edges], [*edges, len(months)], strict=True):
        month = f"month={month_of(int(moments[begin]))}"
        beside = directory / f"{month}.new"
        table = pa.table({name: values[begin:end] for name, values in rows.columns.items()})
        with beside.open("wb") as sink:
            pq.write_table(table, sink, compression="zstd", version="2.6", store_schema=False)
            sink.flush()
            os.fsync(sink.fileno())
        digest = file_sha256(beside)
        path = beside.replace(directory / f"{month}.{digest[:12]}.parquet")
        written.append({"path": path.name, "rows": int(end - begin), "sha256": digest})
    return written


def read_rows(dataset: Dataset, names: Sequence[str] | None = None) -> dict[str, Integers]:
    """The dataset's columns, read only. Raises DataRefused for a partition that is missing or cannot be read."""
    columns = list(names or dataset.facts["columns"])
    tables = []
    for part in dataset.facts["partitions"]:
        path = dataset.directory / part["path"]
        try:
            tables.append(pq.read_table(path, columns=columns, partitioning=None))
        except (OSError, pa.ArrowException) as error:
            detail = (
                f"{path}: {error}; load it again if it was replaced since, else quantumflow data repair {dataset.name}"
            )
            raise DataRefused("dataset_damaged", detail) from None
    whole = pa.concat_tables(tables)
    read = {}
    for name in columns:
        values = whole.column(name).to_numpy()
        values.flags.writeable = False
        read[name] = values
    return read


def file_sha256(path: Path) -> str:
    """Of a file's bytes, or of a directory's names and files in order. Raises OSError."""
    if path.is_dir():
        digest = hashlib.sha256()
        for one in sorted(p for p in path.rglob("*") if p.is_file()):
            digest.update(f"{one.relative_to(path)} {file_sha256(one)}\n".encode())
        return digest.hexdigest()
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
