"""The report of a ledger as files: report.html alone is whole, report.md has its pictures beside it."""

from functools import cached_property
from pathlib import Path
from typing import Any

from quantumflow.durable import replace_file
from quantumflow.errors import ApplianceRefused, DataRefused
from quantumflow.research.analysis.render import html_page, markdown_text
from quantumflow.research.data.store import Store
from quantumflow.research.promotion.promote import ever_tried
from quantumflow.research.search.ledger import Ledger
from quantumflow.research.search.sources import rows_hash
from quantumflow.research.search_report.charts import draw_charts
from quantumflow.research.search_report.content import CHART_WORDS, sections_of, title_of
from quantumflow.research.search_report.findings import Findings, findings_of
from quantumflow.research.search_report.timeline import Timeline, timeline_of

__all__ = ["Page", "report_of"]


class Page:
    """Findings as text, as a page, as JSON."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings

    @cached_property
    def charts(self) -> dict[str, tuple[bytes, bytes]]:
        return draw_charts(self.findings)

    @cached_property
    def html(self) -> str:
        return html_page(title_of(self.findings), None, sections_of(self.findings), self.charts, CHART_WORDS)

    @cached_property
    def markdown(self) -> str:
        return markdown_text(title_of(self.findings), None, sections_of(self.findings), CHART_WORDS, self.charts)

    def as_json(self) -> dict[str, Any]:
        return self.findings.as_json()

    def write(self, directory: Path) -> list[Path]:
        """Raises ApplianceRefused("not_written")."""
        files = {"report.html": self.html.encode(), "report.md": self.markdown.encode()}
        for name, pair in self.charts.items():
            files |= {f"{name}-{ground}.svg": svg for ground, svg in zip(("light", "dark"), pair, strict=True)}
        try:
            directory.mkdir(parents=True, exist_ok=True)
            for name, content in files.items():
                replace_file(directory / name, content)
        except OSError as error:
            raise ApplianceRefused("not_written", f"{directory}: {error.strerror}") from None
        return [directory / name for name in files]


def report_of(ledger: Ledger, research: Path) -> Page:
    """Of a ledger and the datasets below `research`. Raises ResearchRefused for a damaged ledger beside it."""
    timelines, absent = _timelines(ledger, research)
    return Page(findings_of(ledger, ever_tried(ledger), timelines, absent))


def _timelines(ledger: Ledger, research: Path) -> tuple[list[Timeline], dict[str, str]]:
    """Of what was searched, as far as it is here and is the same."""
    found, absent = [], {}
    store = Store(research)
    for one in ledger.facts["data"]:
        if one["use"] != "search":
            continue
        name = one["name"]
        try:
            dataset = store.load(name)
            held = rows_hash(dataset)
        except DataRefused as refused:
            absent[name] = f"it is not at hand ({refused.name})"
            continue
        if held != one["content_hash"]:
            absent[name] = f"what is here of this name holds {held[:12]}, the search had {one['content_hash'][:12]}"
            continue
        found.append(timeline_of(name, one["symbol"], dataset.candles))
    return found, absent
