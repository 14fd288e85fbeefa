"""`quantumflow regimes`: the rules' regimes on a dataset of minutes, compared with a hidden Markov model's states."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from quantumflow.cli.flags import JsonFlag, say_json
from quantumflow.cli.needs_research import require_research

if TYPE_CHECKING:
    from quantumflow.research.regimes import Comparison, Measured

__all__ = ["regimes"]


def regimes(
    dataset: Annotated[str, typer.Argument(help="A dataset of one-minute candles, see `quantumflow data ls`.")],
    fit_share: Annotated[
        float,
        typer.Option("--fit-share", min=0.1, max=0.9, help="Of the bars, the first part that the model is fitted on."),
    ] = 0.5,
    research_dir: Annotated[
        Path | None,
        typer.Option("--research-dir", help="Where datasets are; by default QF_RESEARCH_DIR, else ./data/research."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """How often each regime holds, how long it stays, what volatility follows; and whether the model sees the same.

    Of the longest stretch without a missing minute. The model is fitted on its first part and filtered forward over
    the rest, which alone is measured.

    Example: quantumflow regimes BTCUSDT-1m
    """
    require_research()
    from quantumflow.research.data.store import Store
    from quantumflow.research.data.store import research_dir as place
    from quantumflow.research.regimes import compare_regimes, longest_stretch

    candles = Store(place(research_dir)).load(dataset).candles
    found = compare_regimes(candles.close[longest_stretch(candles.close_ns, candles.interval_ns)], fit_share)
    if as_json:
        say_json(found.as_json())
        return
    for line in _lines(found):
        typer.echo(line)


def _lines(found: "Comparison") -> list[str]:
    head = (
        f"{found.bars} minutes measured, after {found.fitted_bars} that the model was fitted on ({found.rounds} rounds)"
    )
    lines = [head, "", "            share   stays    next 20 minutes: volatility a minute, return"]
    lines += [_row(name, one) for name, one in found.rules.items()]
    lines += [_row(f"state {name}", one) for name, one in found.states.items()]
    lines += ["", "share of minutes  " + "".join(f"state {name}   " for name in found.states)]
    for name, row in found.agreement.items():
        lines.append(f"  {name:<14}" + "".join(f"{share:>8.1%}  " for share in row.values()))
    rules, states = f"{found.separation_rules:.1%}", f"{found.separation_states:.1%}"
    lines.append("")
    lines.append(f"of the next volatility's variance the rules explain {rules}, the model {states};")
    lines.append(f"one says {found.mutual_information:.2f} bits of the other")
    return lines


def _row(name: str, one: "Measured") -> str:
    return (
        f"{name:<10} {one.share:>6.1%} {one.stays_bars:>7.1f}    {one.next_volatility:>9.6f}  {one.next_return:>+9.6f}"
    )
