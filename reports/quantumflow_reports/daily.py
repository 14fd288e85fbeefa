"""The report of a UTC day, made once: what an earlier run left whole is not made again.

It counts what was before the end of the day, so it says the same whenever it is made.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from quantumflow.appliance.data_dir import DataDir
from quantumflow_reports.build import make_report, write_report
from quantumflow_reports.figures import DAY_NS, day_of
from quantumflow_reports.source import open_source

__all__ = ["REPORTS_KEPT", "Daily", "daily_report"]

REPORTS_KEPT = 400
"""Days; older ones are removed. A report has some 500 kB."""


@dataclass(frozen=True, slots=True)
class Daily:
    """Where the day's report lies, and whether this call made it."""

    day: str
    directory: Path
    made: bool

    @property
    def message(self) -> str:
        return (self.directory / "message.txt").read_text(encoding="utf-8")

    @property
    def picture(self) -> Path | None:
        file = self.directory / "equity.png"
        return file if file.exists() else None


def daily_report(directory: DataDir, day: int) -> Daily:
    """The report of `day` (days since 1970-01-01) in `reports/<day>/` of the data directory."""
    name = day_of(day * DAY_NS)
    reports = directory.root / "reports"
    target = reports / name
    if target.is_dir():
        return Daily(name, target, made=False)
    report = make_report(open_source(directory.journal), directory.root / "verify" / "results.jsonl", day, day)
    beside = reports / f".{name}.new"
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    write_report(report, beside)
    beside.rename(target)
    _prune(reports)
    return Daily(name, target, made=True)


def _prune(reports: Path) -> None:
    days = sorted(path for path in reports.iterdir() if path.is_dir() and not path.name.startswith("."))
    for old in days[:-REPORTS_KEPT]:
        shutil.rmtree(old)
