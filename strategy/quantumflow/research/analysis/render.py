"""Sections → Markdown, and one HTML page that needs nothing beside it. Pure.

Every text of the journal went through safe_text; HTML escapes each cell again. The page follows the reader's light or
dark theme; charts are embedded in both.
"""

import base64
from collections.abc import Collection, Mapping, Sequence
from html import escape

from quantumflow.research.analysis.content import Section, Table

__all__ = ["html_fragment", "html_page", "markdown_text"]

_STYLE = """
.qf-sheet { --ground: #fff; --text: #1f2328; --muted: #59636e; --line: #d1d9e0; --mark: #bc4c00;
  font: 14px/1.5 system-ui, sans-serif; background: var(--ground); color: var(--text);
  max-width: 960px; margin: 0 auto; padding: 24px; box-sizing: border-box }
@media (prefers-color-scheme: dark) {
  .qf-sheet { --ground: #0d1117; --text: #f0f6fc; --muted: #9198a1; --line: #3d444d; --mark: #f0883e } }
.qf-sheet h1 { font-size: 24px; margin: 0 0 4px }
.qf-sheet h2 { font-size: 17px; margin: 32px 0 8px; border-bottom: 1px solid var(--line) }
.qf-sheet p { margin: 8px 0; color: var(--muted) }
.qf-sheet .mark { display: inline-block; border: 1.5px solid var(--mark); color: var(--mark); border-radius: 6px;
  padding: 2px 8px; font-weight: 700; margin: 8px 0 }
.qf-sheet .wide { display: inline-block; vertical-align: top; overflow-x: auto; max-width: 100%; margin-right: 40px }
.qf-sheet table { border-collapse: collapse; margin: 8px 0; font-variant-numeric: tabular-nums; background: none }
.qf-sheet th, .qf-sheet td { padding: 3px 12px 3px 0; text-align: left; border-bottom: 1px solid var(--line);
  vertical-align: top; background: none; color: var(--text) }
.qf-sheet th { color: var(--muted); font-weight: 500 }
.qf-sheet .right { text-align: right }
.qf-sheet img { width: 100%; max-width: 820px; height: auto; display: block }
"""
_PAGE_STYLE = """
body { margin: 0; background: #fff }
@media (prefers-color-scheme: dark) { body { background: #0d1117 } }
"""
ALTERNATIVES = {
    "equity": "equity and drawdown over time",
    "rolling": "rolling Sharpe ratio",
    "costs": "costs by cause",
    "excursions": "result of round trips over their deepest loss on the way",
    "trips": "histogram of the result of round trips",
    "week": "result by weekday and hour",
}

Charts = Mapping[str, tuple[bytes, bytes]]
"""Name → SVG for a light and for a dark ground."""


def markdown_text(
    title: tuple[str, str],
    mark: str | None,
    sections: Sequence[Section],
    words: Mapping[str, str] = ALTERNATIVES,
    pictures: Collection[str] = (),
) -> str:
    """The page; of its charts those in `pictures`, which lie beside it as NAME-light.svg and NAME-dark.svg."""
    blocks = [f"# {title[0]}" + (f" — {mark}" if mark else ""), title[1]]
    for section in sections:
        blocks.append(f"## {section.title}")
        blocks += [_beside(name, words[name]) for name in section.charts if name in pictures]
        blocks += [_markdown_table(table) for table in section.tables]
        blocks += [section.note] if section.note else []
    return "\n\n".join(blocks) + "\n"


def _beside(name: str, words: str) -> str:
    dark = f'<source media="(prefers-color-scheme: dark)" srcset="{name}-dark.svg">'
    return f'<picture>{dark}<img src="{name}-light.svg" alt="{escape(words)}" width="820"></picture>'


def _markdown_table(table: Table) -> str:
    rule = tuple("--:" if column in table.right else "---" for column in range(len(table.head)))
    return "\n".join("| " + " | ".join(row) + " |" for row in (table.head, rule, *table.rows))


def html_page(
    title: tuple[str, str],
    mark: str | None,
    sections: Sequence[Section],
    charts: Charts,
    words: Mapping[str, str] = ALTERNATIVES,
) -> str:
    """A whole document."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title[0])}</title><style>{_PAGE_STYLE}</style></head><body>"
        f"{html_fragment(title, mark, sections, charts, words)}</body></html>\n"
    )


def html_fragment(
    title: tuple[str, str],
    mark: str | None,
    sections: Sequence[Section],
    charts: Charts,
    words: Mapping[str, str] = ALTERNATIVES,
) -> str:
    """What a notebook shows: the same, with its own ground, inside another page. `words` say what a chart shows."""
    stamp = f'<div class="mark">{escape(mark)}</div>' if mark else ""
    parts = [f"<style>{_STYLE}</style><h1>{escape(title[0])}</h1>{stamp}<p>{escape(title[1])}</p>"]
    for section in sections:
        parts.append(f"<h2>{escape(section.title)}</h2>")
        parts += [_picture(words[name], charts[name]) for name in section.charts if name in charts]
        parts += [_html_table(table) for table in section.tables]
        parts += [f"<p>{escape(section.note)}</p>"] if section.note else []
    return f'<div class="qf-sheet">{"".join(parts)}</div>'


def _picture(words: str, pair: tuple[bytes, bytes]) -> str:
    light, dark = ("data:image/svg+xml;base64," + base64.b64encode(svg).decode() for svg in pair)
    return (
        f'<picture><source media="(prefers-color-scheme: dark)" srcset="{dark}">'
        f'<img src="{light}" alt="{escape(words)}"></picture>'
    )


def _html_table(table: Table) -> str:
    head = _html_row(table.head, table.right, "th") if any(table.head) else ""
    rows = "".join(_html_row(row, table.right, "td") for row in table.rows)
    return f'<div class="wide"><table>{head}{rows}</table></div>'


def _html_row(cells: Sequence[str], right: Sequence[int], tag: str) -> str:
    inner = "".join(
        f'<{tag} class="right">{escape(cell)}</{tag}>' if column in right else f"<{tag}>{escape(cell)}</{tag}>"
        for column, cell in enumerate(cells)
    )
    return f"<tr>{inner}</tr>"
