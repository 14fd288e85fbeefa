"""`quantumflow search promote` and `search verify`: a ledger's best in specialists.toml, and its proof."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from quantumflow.cli.flags import JsonFlag, say_json
from quantumflow.cli.needs_research import require_research
from quantumflow.errors import ApplianceRefused

__all__ = ["ResearchDirFlag", "promote", "verify"]

ResearchDirFlag = Annotated[
    Path | None,
    typer.Option(
        "--research-dir", help="Where datasets and ledgers are; by default QF_RESEARCH_DIR, else ./data/research."
    ),
]


def promote(
    ledger: Annotated[
        str, typer.Argument(metavar="LEDGER", help="Its name below the research directory, or its path.")
    ],
    to: Annotated[Path, typer.Option("--to", help="The file to write.")] = Path("specialists.toml"),
    luck_max: Annotated[
        float, typer.Option("--luck-max", min=0.0, max=1.0, help="The chance of luck up to which a regime trades.")
    ] = 0.05,
    accept_luck: Annotated[
        str, typer.Option("--accept-luck", metavar="REASON", help="Trade what was chosen however likely luck is.")
    ] = "",
    directory: ResearchDirFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Write one specialist a regime with what it is expected to earn, or say why none is to be trusted.

    Example: quantumflow search promote minutes-2024 --to specialists.toml
    """
    require_research()
    from quantumflow.research.data.store import research_dir
    from quantumflow.research.promotion.promote import Terms, document_of, ever_tried, judge, write_document
    from quantumflow.research.search.ledger import find_ledger, read_ledger

    if not to.parent.is_dir():
        raise ApplianceRefused("not_written", f"{to}: there is no directory {to.parent}")
    read = read_ledger(find_ledger(research_dir(directory), ledger))
    judged = judge(read, ever_tried(read))
    document = document_of(judged, Terms(judged.configurations, luck_max, accept_luck.strip(), time.time_ns()))
    found = write_document(to, document)
    if as_json:
        regimes = {one.regime: {**asdict(one), "luck": one.luck} for one in judged.chances}
        luck, trials = document["luck"], judged.configurations
        say_json({"written": str(to), "sha256": found.sha256, "luck": luck, "trials": trials, "regimes": regimes})
        return
    for regime, one in found.specialists.items():
        expected = one.expected
        typer.echo(
            f"{regime.name:<9} does not trade: nothing was shown to earn there"
            if one.rests
            else f"{regime.name:<9} {one.config_id}  expects {expected.mean_log_return:+.6f} ±"
            f" {expected.standard_error:.6f} a trade, {expected.win_rate:.0%} won, of {expected.trades:,} trades"
        )
    typer.echo(found.luck.sentence)
    if found.luck.accepted:
        typer.echo(f"accepted all the same: {found.luck.accepted}")
    typer.echo(f"wrote {to}")


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A specialists.toml.")],
    ledger: Annotated[
        Path | None, typer.Option("--ledger", help="Its ledger's directory, if it is not in the research directory.")
    ] = None,
    directory: ResearchDirFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Prove that a file follows from its ledger, and the ledger from its data: everything is computed again.

    Example: quantumflow search verify specialists.toml
    """
    require_research()
    from quantumflow.research.data.store import research_dir
    from quantumflow.research.promotion.prove import prove

    proof = prove(file, research_dir(directory), ledger)
    if as_json:
        say_json({"proven": True, **asdict(proof)})
        return
    typer.echo(f"{file} follows from its ledger {proof.ledger_digest[:16]}, figure by figure: {proof.sha256}")
    if proof.here:
        typer.echo(f"its data are here and are those: {', '.join(proof.here)}")
    if proof.absent:
        typer.echo(f"not here by name, so held against the ledger alone: {', '.join(proof.absent)}")
