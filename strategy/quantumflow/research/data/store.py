"""Where datasets are: raw files as they came, and Parquet by month beside the facts.

    <research-dir>/raw/<provider>/…              never changed
    <research-dir>/datasets/<name>/dataset.json  facts, gaps, halts, findings, hashes
    <research-dir>/datasets/<name>/month=2024-08.parquet

A dataset is written beside and renamed, so it is there whole or not at all; an interrupted one leaves nothing that is
read. The directory is `--research-dir`, else QF_RESEARCH_DIR, else ./data/research.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
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
        self.raw = root / "raw"

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
            raise DataRefused("dataset_damaged", f"{path}: {error}; quantumflow data repair {name}") from None
        if facts.get("format") != FORMAT:
            detail = f"{path} is of format {facts.get('format')}, this program's is {FORMAT}; import it again"
            raise DataRefused("dataset_format", detail)
        return Dataset(path.parent, facts, read_rows)

    def write(self, source: Source, cleaned: Cleaned) -> Dataset:
        """Replaces the dataset of that name, whole or not at all."""
        check_name(source.name)
        rows = cleaned.rows
        beside = self.datasets / f".{source.name}.new"
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        key = "close_ns" if rows.kind == "candles" else "time_ns"
        partitions = _write_months(beside, rows.columns, key)
        facts: dict[str, Any] = {
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
            "first_ns": int(rows.columns[key][0]),
            "last_ns": int(rows.columns[key][-1]),
            "content_hash": content_hash(rows.kind, source.symbol, source.interval_ns, rows.scales, rows.columns),
            "gaps": list(cleaned.gaps),
            "halts": list(cleaned.halts),
            "findings": [asdict(finding) for finding in rows.findings],
            "on_conflict": source.on_conflict,
            "raw": [{"path": path, "sha256": file_sha256(self.root / path)} for path in source.raw],
            "partitions": partitions,
        }
        replace_file(beside / _FACTS, json.dumps(facts, indent=1, ensure_ascii=False).encode())
        target = self.datasets / source.name
        old = self.datasets / f".{source.name}.old"
        shutil.rmtree(old, ignore_errors=True)
        if target.exists():
            target.rename(old)
        beside.rename(target)
        shutil.rmtree(old, ignore_errors=True)
        return self.load(source.name)

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


def _write_months(directory: Path, columns: Mapping[str, Integers], key: str) -> "list[dict[str, Any]]":
    months = columns[key].astype("datetime64[ns]").astype("datetime64[M]").astype(np.int64)
    edges = np.flatnonzero(np.diff(months)) + 1
    written = []
    for begin, end in zip([0, *edges], [*edges, len(months)], strict=True):
        path = directory / f"month={month_of(int(columns[key][begin]))}.parquet"
        table = pa.table({name: values[begin:end] for name, values in columns.items()})
        pq.write_table(table, path, compression="zstd", version="2.6", store_schema=False)
        written.append({"path": path.name, "rows": int(end - begin), "sha256": file_sha256(path)})
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
            detail = f"{path}: {error}; quantumflow data repair {dataset.name}"
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
