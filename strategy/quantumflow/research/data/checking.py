"""Whether a dataset is still what its facts say, and what can be done if it is not."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from quantumflow.errors import DataRefused
from quantumflow.recordings import utc_text
from quantumflow.research.data.building import Progress, rebuild
from quantumflow.research.data.cleaning import candles_break, gaps_of
from quantumflow.research.data.dataset import Dataset, content_hash
from quantumflow.research.data.store import Store, file_sha256, read_rows

__all__ = ["Check", "Refetch", "check", "repair"]

Refetch = Callable[[str, Path], None]
"""Told the provider and the raw file's place below the research directory, it puts the file there again."""


@dataclass(frozen=True, slots=True)
class Check:
    """What was found: `faults` make the dataset unusable, `notes` are what research has to know of it."""

    name: str
    faults: tuple[str, ...]
    notes: tuple[str, ...]
    raw_lost: tuple[str, ...]

    @property
    def wrong(self) -> bool:
        return bool(self.faults or self.raw_lost)

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "faults": self.faults, "notes": self.notes, "raw_lost": self.raw_lost}


def check(store: Store, name: str) -> Check:
    """Hashes of the partitions, the content and the raw files; the rules of each row; gaps as the facts list them."""
    dataset = store.load(name)
    facts = dataset.facts
    faults: list[str] = []
    for part in facts["partitions"]:
        path = dataset.directory / part["path"]
        if not path.is_file():
            faults.append(f"{part['path']} is missing")
        elif file_sha256(path) != part["sha256"]:
            faults.append(f"{part['path']} is not the file that was written")
    if not faults:
        faults += _content(dataset)
    lost = []
    for one in facts["raw"]:
        path = store.root / one["path"]
        if not path.exists() or file_sha256(path) != one["sha256"]:
            lost.append(str(one["path"]))
    notes = [f"{finding['what']}: {finding['count']}, {finding['done']}" for finding in facts["findings"]]
    notes += [f"gap of {gap['missing']} after {utc_text(gap['after_ns'])} UTC" for gap in facts["gaps"]]
    notes += [f"halt of {halt['bars']} candles until {utc_text(halt['last_ns'])} UTC" for halt in facts["halts"]]
    return Check(name, tuple(faults), tuple(notes), tuple(lost))


def _content(dataset: Dataset) -> list[str]:
    facts = dataset.facts
    try:
        columns = read_rows(dataset)
    except DataRefused as refused:
        return [refused.detail]
    faults = []
    found = content_hash(dataset.kind, dataset.symbol, facts["interval_ns"], facts["scales"], columns)
    if found != dataset.content_hash:
        faults.append(f"content is {found[:12]}…, the facts say {dataset.content_hash[:12]}…")
    key = columns["close_ns" if dataset.kind == "candles" else "time_ns"]
    if dataset.kind == "candles":
        faults += [
            f"{what}: {int(rows.sum())} rows"
            for what, rows in candles_break(columns, facts["interval_ns"])
            if rows.any()
        ]
        if (np.diff(key) <= 0).any():
            faults.append("moments do not grow")
    if gaps_of(dataset.kind, columns, facts["interval_ns"]) != list(facts["gaps"]):
        faults.append("gaps are not those that the facts list")
    return faults


def repair(store: Store, name: str, fetch_again: Refetch, progress: Progress) -> tuple[Dataset, list[str]]:
    """The dataset made anew from its raw files, and what was done. Lost raw files of an archive are fetched again.

    Raises DataRefused if the raw files are lost and cannot be had again, or if they now give another content.
    """
    found = check(store, name)
    dataset = store.load(name)
    done: list[str] = []
    for place in found.raw_lost:
        expected = next(one["sha256"] for one in dataset.facts["raw"] if one["path"] == place)
        fetch_again(str(dataset.facts["provider"]), Path(place))
        if file_sha256(store.root / place) != expected:
            detail = f"{place} was corrected at its source since; fetch the dataset anew to take that over"
            raise DataRefused("raw_changed", detail)
        done.append(f"{place} fetched again")
    if not found.faults:
        return dataset, done
    made = rebuild(store, dataset, progress)
    if made.content_hash != dataset.content_hash:
        done.append(
            f"content was {dataset.content_hash[:12]}…, is {made.content_hash[:12]}…: the facts had been changed"
        )
    done.append(f"{len(made.facts['partitions'])} partitions made anew from {len(made.facts['raw'])} raw files")
    return made, done
