"""A span of an archive as a dataset: raw files brought one after another, then the dataset made of all of them.

Asked again with another span it grows: the raw files that are there are not fetched again.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from quantumflow.errors import DataRefused
from quantumflow.research.data.archive_names import days_of
from quantumflow.research.data.binance_archive import BinanceArchive
from quantumflow.research.data.building import Progress, build
from quantumflow.research.data.dataset import Dataset
from quantumflow.research.data.intervals import interval_ns
from quantumflow.research.data.local_files import LocalFiles
from quantumflow.research.data.providers import Provider, Told, Wanted, provider, register
from quantumflow.research.data.store import Source, Store, check_name

__all__ = ["fetch", "refetch"]

register(BinanceArchive.name, BinanceArchive)
register(LocalFiles.name, LocalFiles)


def fetch(
    store: Store, source: Provider, wanted: Wanted, name: str, told: Told, progress: Progress
) -> tuple[Dataset, list[str]]:
    """The dataset, and the files that the archive does not have. Raises DataRefused if it has none at all."""
    check_name(name)
    brought: list[str] = []
    absent: list[str] = []
    for file in source.files(wanted):
        _bring(store, source, file, told, brought, absent)
    if not brought:
        raise DataRefused("nothing_there", f"{source.name} has none of {absent[0]} and {len(absent) - 1} more")
    length = interval_ns(wanted.interval) if wanted.kind == "klines" else 0
    interval = wanted.interval if length else ""
    raw = tuple(dict.fromkeys([*_already(store, name, source.name), *brought]))
    kept = Source(name, source.name, wanted.symbol, interval, length, tuple(sorted(raw, key=_stamp)), "refuse")
    return build(store, kept, progress), absent


def _bring(store: Store, source: Provider, file: str, told: Told, brought: list[str], absent: list[str]) -> None:
    """One file; a month that is not there yet is asked for day by day."""
    place = Path("raw") / source.name / file
    target = store.root / place
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.bring(file, target, told):
        brought.append(str(place))
    elif days := days_of(file):
        for day in days:
            _bring(store, source, day, told, brought, absent)
    else:
        absent.append(file)


def _already(store: Store, name: str, provider_name: str) -> Sequence[str]:
    try:
        facts = store.load(name).facts
    except DataRefused as refused:
        if refused.name == "no_such_dataset":
            return ()
        raise
    if facts["provider"] != provider_name:
        detail = f"{name} is of the provider {facts['provider']}; take another --name"
        raise DataRefused("name_taken", detail)
    return [one["path"] for one in facts["raw"]]


def _stamp(place: str) -> str:
    """The date in the file's name: months and days alike in order."""
    return re.sub(r"^.*?-(\d{4}-\d{2}(?:-\d{2})?)\.zip$", r"\1", Path(place).name)


def refetch(store: Store, told: Told) -> Callable[[str, Path], None]:
    """What repair asks when a raw file is lost. Local files cannot be had again."""

    def again(name: str, place: Path) -> None:
        file = str(place.relative_to(Path("raw") / name))
        target = store.root / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        if name == "local" or not provider(name).bring(file, target, told):
            raise DataRefused("raw_lost", f"{place} is lost or changed and cannot be fetched; import its file again")

    return again
