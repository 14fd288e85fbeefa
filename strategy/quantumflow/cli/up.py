"""`quantumflow up`: the flags of one appliance."""

import os
from typing import Annotated

import typer

from quantumflow.cli.flags import ConfigFlag, DataDirFlag, JsonFlag

__all__ = ["up"]

SECONDS_MAX = 366 * 86_400


def up(
    venue: Annotated[
        str | None,
        typer.Option("--venue", help="auto, binance, sim, or replay:FILE[,FILE…]; over the configuration's."),
    ] = None,
    speed: Annotated[
        str | None, typer.Option("--speed", help="Of a replay: max (as fast as it is read), or a factor such as 1.")
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option("--for", min=0.1, max=SECONDS_MAX, help="Stop after so many seconds of wall time."),
    ] = None,
    data_dir: DataDirFlag = None,
    config: ConfigFlag = None,
    as_json: JsonFlag = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show every program's log as it is written.")] = False,
    unattended: Annotated[
        bool,
        typer.Option(
            "--unattended", help="For a container: become supervisord; logs on standard output; a named venue."
        ),
    ] = False,
) -> None:
    """Run the whole appliance until Ctrl-C, --for, or the recording's end.

    Example: quantumflow up --venue sim --for 120
    """
    from quantumflow.appliance.screen import JsonScreen, RichScreen
    from quantumflow.appliance.up import UpOptions, run_up

    options = UpOptions(venue, speed, seconds, data_dir, config, verbose)
    if unattended:
        from quantumflow.appliance.unattended import run_unattended

        run_unattended(options, os.environ)
    raise typer.Exit(run_up(options, JsonScreen() if as_json else RichScreen(), os.environ))
