"""`quantumflow search report`: what a search found, as a page, as Markdown with pictures, as JSON."""

from pathlib import Path
from typing import Annotated

import typer

from quantumflow.cli.flags import JsonFlag, say_json
from quantumflow.cli.needs_research import require_research
from quantumflow.cli.search_promote import ResearchDirFlag

__all__ = ["report"]


def report(
    ledger: Annotated[
        str, typer.Argument(metavar="LEDGER", help="Its name below the research directory, or its path.")
    ],
    to: Annotated[
        Path | None, typer.Option("--to", help="The directory to write; by default `report` in the ledger's own.")
    ] = None,
    directory: ResearchDirFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Write what a search found: luck, choices before each fold, parameters, regimes, symbols, crashes.

    report.html needs nothing beside it; report.md has its pictures there.

    Example: quantumflow search report minutes-2024
    """
    require_research()
    from quantumflow.research.data.store import research_dir
    from quantumflow.research.promotion.words import share_text
    from quantumflow.research.search.ledger import find_ledger, read_ledger
    from quantumflow.research.search_report.page import report_of

    research = research_dir(directory)
    read = read_ledger(find_ledger(research, ledger))
    page = report_of(read, research)
    written = page.write(to or read.directory / "report")
    if as_json:
        say_json({**page.as_json(), "written": [str(path) for path in written]})
        return
    for one in page.findings.chances:
        typer.echo(f"{one.regime:<9} chance that the best is luck: {share_text(one.luck)}")
    for name, reason in page.findings.absent.items():
        typer.echo(f"no timeline of {name}: {reason}")
    typer.echo(f"wrote {written[0]}, and {written[1].name} with {len(written) - 2} pictures beside it")
