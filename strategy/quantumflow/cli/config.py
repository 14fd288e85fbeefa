"""`quantumflow config check` and `config show`."""

import typer

from quantumflow.cli.flags import ConfigFlag, JsonFlag, say_json
from quantumflow.config import find_config, load_config, shown_config

__all__ = ["config_app"]

config_app = typer.Typer(help="The configuration in force.", no_args_is_help=True)


@config_app.command("check")
def check(config: ConfigFlag = None, as_json: JsonFlag = False) -> None:
    """Read the file and the QF_ variables over it; name every key that is wrong (exit status 2).

    Example: QF_RISK__DRAWDOWN_MAX_PPM=50000 quantumflow config check
    """
    file = find_config(config)
    load_config(file)
    if as_json:
        say_json({"file": str(file), "ok": True})
    else:
        typer.echo(f"{file} can be used")


@config_app.command("show")
def show(config: ConfigFlag = None, as_json: JsonFlag = False) -> None:
    """Show every key as it is in force, the environment included; secrets are masked.

    Example: quantumflow config show --json
    """
    shown = shown_config(load_config(find_config(config)))
    if as_json:
        say_json(shown)
        return
    for section, keys in shown.items():
        for key, value in _flat(section, keys):
            typer.echo(f"{key} = {value!r}")


def _flat(path: str, value: object) -> list[tuple[str, object]]:
    if isinstance(value, dict) and value:
        return [row for key, below in value.items() for row in _flat(f"{path}.{key}", below)]
    return [(path, value)]
