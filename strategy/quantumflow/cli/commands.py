"""Every command of `quantumflow`, as a list."""

import typer

from quantumflow.build import build_id
from quantumflow.cli.backtest import backtest
from quantumflow.cli.backup import backup, restore
from quantumflow.cli.bot import bot_app, strategies
from quantumflow.cli.check import check
from quantumflow.cli.config import config_app
from quantumflow.cli.control import cancel, commands, flatten, kill, pause, reset_breaker, resume
from quantumflow.cli.data import data_app
from quantumflow.cli.doctor import doctor
from quantumflow.cli.export import export
from quantumflow.cli.imports import import_captures
from quantumflow.cli.record import record_app
from quantumflow.cli.regimes import regimes
from quantumflow.cli.report import report
from quantumflow.cli.search import search_app
from quantumflow.cli.status import status
from quantumflow.cli.tearsheet import tearsheet
from quantumflow.cli.up import up
from quantumflow.cli.upkeep import upkeep_app
from quantumflow.cli.verify import verify
from quantumflow.cli.why import why
from quantumflow.exits import ExitCode

__all__ = ["app"]

_EXITS = " · ".join(f"{code.value} {code.name.lower()}" for code in ExitCode)

app = typer.Typer(
    name="quantumflow",
    help="A paper-trading appliance whose results can be checked. Exit status: " + _EXITS,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(build_id())
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the build."),
) -> None:
    """Paper trading only: there is no way to an exchange's order entry in this program."""


app.command("up")(up)
app.command("status")(status)
app.command("why")(why)
for _name, _command in (
    ("pause", pause),
    ("resume", resume),
    ("flatten", flatten),
    ("cancel", cancel),
    ("kill", kill),
    ("reset-breaker", reset_breaker),
    ("commands", commands),
):
    app.command(_name)(_command)
app.add_typer(bot_app, name="bot")
app.command("strategies")(strategies)
app.command("doctor")(doctor)
app.command("verify")(verify)
app.command("backup")(backup)
app.command("restore")(restore)
app.command("import")(import_captures)
app.command("export")(export)
app.command("backtest")(backtest)
app.command("report")(report)
app.command("tearsheet")(tearsheet)
app.command("check")(check)
app.command("regimes")(regimes)
app.add_typer(record_app, name="record")
app.add_typer(data_app, name="data")
app.add_typer(search_app, name="search")
app.add_typer(config_app, name="config")
app.add_typer(upkeep_app, name="upkeep")


@app.command("trader", hidden=True)
def _trader(config: str = typer.Option(..., "--config", help="The JSON file that `up` wrote.")) -> None:
    """The trading program; `up` starts it."""
    raise typer.Exit(_run("trader", config))


@app.command("web", hidden=True)
def _web(config: str = typer.Option(..., "--config", help="The JSON file that `up` wrote.")) -> None:
    """The read API; `up` starts it."""
    raise typer.Exit(_run("web", config))


def _run(program: str, config: str) -> int:
    from quantumflow.cli import programs

    return int(getattr(programs, program)(["--config", config]))
