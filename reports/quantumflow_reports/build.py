"""The files of a report: numbers, page, message, pictures; each written whole or not at all."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from quantumflow.errors import ApplianceRefused
from quantumflow.journal.export import Event
from quantumflow_reports.facts import facts_of
from quantumflow_reports.figures import DAY_NS, day_of
from quantumflow_reports.markers import rewrite
from quantumflow_reports.numbers import Chain, Numbers, numbers_of
from quantumflow_reports.page import message_text, page_text
from quantumflow_reports.source import Source, read_verify_runs

__all__ = ["Report", "make_report", "pictures_possible", "rewrite_readme", "write_report"]


@dataclass(frozen=True, slots=True)
class Report:
    """What was made, and the day that it is of (days since 1970-01-01; None: all there is)."""

    numbers: Numbers
    day: int | None


def make_report(source: Source, verify_results: Path, until_day: int | None = None, day: int | None = None) -> Report:
    """Reads and checks every event, and counts those up to the end of the UTC day `until_day`.

    Raises JournalRefused if one does not fit. `day` is the day of which the message speaks. The same events up to then
    give the same report, whatever came later.
    """
    until_ns = None if until_day is None else (until_day + 1) * DAY_NS
    counted = _Counted(source, until_ns)
    facts = facts_of(counted.events())
    runs = read_verify_runs(verify_results)
    if until_day is not None:
        runs = tuple(run for run in runs if run.day <= day_of(until_day * DAY_NS))
    return Report(numbers_of(facts, counted.chain, runs), day)


class _Counted:
    """The events before a moment, and the chain as of the last of them."""

    def __init__(self, source: Source, until_ns: int | None) -> None:
        self._source = source
        self._until_ns = until_ns
        self._standing = source.standing.head, source.standing.digest.hex()

    def events(self) -> Iterator[Event]:
        standing = self._source.standing
        for event in self._source.events():
            if self._until_ns is None or event.row.event_ns < self._until_ns:
                self._standing = standing.head, standing.digest.hex()
                yield event

    @property
    def chain(self) -> Chain:
        head, digest = self._standing
        return Chain(head.seq, head.seq, head.hash.hex() if head.seq else "", digest)


def pictures_possible() -> bool:
    """Whether matplotlib is there (`pip install quantumflow[report]`)."""
    return find_spec("matplotlib") is not None


def write_report(report: Report, directory: Path) -> list[Path]:
    """report.md, message.txt, numbers.json, equity.png and charts/ in `directory`; what is in the way is replaced."""
    written = []
    drawn = pictures_possible()
    for name, content in _contents(report, drawn):
        target = directory / name
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(target, content)
        written.append(target)
    return written


def rewrite_readme(report: Report, readme: Path, charts: Path) -> list[Path]:
    """The section of `readme` between its markers, and its pictures in `charts`; the files that changed.

    Nothing is written if a marker is missing or doubled, or matplotlib is not there.
    """
    if not pictures_possible():
        raise ApplianceRefused("no_matplotlib", "charts need matplotlib: pip install 'quantumflow[report]'")
    from quantumflow_reports.charts.gallery import draw_page_pictures

    try:
        before = readme.read_text(encoding="utf-8")
    except OSError as error:
        raise ApplianceRefused("readme_unreadable", f"{readme}: {error.strerror}") from None
    try:
        seen_from_page = charts.resolve().relative_to(readme.resolve().parent).as_posix()
    except ValueError:
        raise ApplianceRefused("charts_elsewhere", f"{charts} must lie below {readme.resolve().parent}") from None
    after = rewrite(before, page_text(report.numbers, seen_from_page), str(readme))
    contents = {charts / name: content for name, content in draw_page_pictures(report.numbers).items()}
    contents[readme] = after.encode()
    changed = [path for path, content in contents.items() if not path.exists() or path.read_bytes() != content]
    charts.mkdir(parents=True, exist_ok=True)
    for path in changed:
        _write(path, contents[path])
    return changed


def _contents(report: Report, drawn: bool) -> Iterator[tuple[str, bytes]]:
    numbers = report.numbers
    yield "report.md", page_text(numbers, "charts" if drawn else None).encode()
    yield "message.txt", message_text(numbers, report.day).encode()
    yield "numbers.json", (json.dumps(numbers.as_json(), indent=1, allow_nan=False) + "\n").encode()
    if drawn:
        from quantumflow_reports.charts.gallery import draw_message_picture, draw_page_pictures

        yield "equity.png", draw_message_picture(numbers)
        for name, content in draw_page_pictures(numbers).items():
            yield f"charts/{name}", content


def _write(target: Path, content: bytes) -> None:
    beside = target.with_name(target.name + ".new")
    beside.write_bytes(content)
    beside.replace(target)
