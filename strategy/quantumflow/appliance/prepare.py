"""Before anything is started: decide, claim the data directory, write each program's configuration into it."""

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from quantumflow.appliance.captures import capture_symbols, holds_simulated
from quantumflow.appliance.data_dir import DataDir, claim, default_data_dir, make_token
from quantumflow.appliance.ports import choose_ports
from quantumflow.appliance.programs import Programs, find_programs, require_one_build
from quantumflow.appliance.resolve import Start, configured_ports, resolve, wanted_programs
from quantumflow.appliance.supervisor import supervisor_environment
from quantumflow.appliance.venue import Probe, choose_venue, parse_speed, probe_binance
from quantumflow.config import Config, find_config, load_config
from quantumflow.errors import ApplianceRefused

__all__ = ["UNATTENDED_VENUES", "Ready", "UpOptions", "prepared"]

UNATTENDED_VENUES = ("binance", "sim")
"""Where nobody is there to read that another market was taken, and no recording may end the run."""


@dataclass(frozen=True, slots=True)
class UpOptions:
    """The flags of `up`; None where one was not given."""

    venue: str | None = None
    speed: str | None = None
    seconds: float | None = None
    data_dir: Path | None = None
    config: Path | None = None
    verbose: bool = False


@dataclass(frozen=True, slots=True)
class Ready:
    """A claimed directory and all that supervisord needs; `lock` is the descriptor that holds the claim."""

    start: Start
    directory: DataDir
    lock: int
    environment: dict[str, str]
    facts: dict[str, Any]


@contextmanager
def prepared(
    options: UpOptions,
    environment: Mapping[str, str],
    programs: Programs | None = None,
    probe: Probe = probe_binance,
    unattended: bool = False,
) -> Iterator[Ready]:
    """One start, decided and claimed. Raises ConfigRefused or ApplianceRefused."""
    overrides = dict(environment) if options.venue is None else {**environment, "QF_VENUE__NAME": options.venue}
    config = load_config(find_config(options.config), overrides)
    if unattended and config.venue.name not in UNATTENDED_VENUES:
        named = " or ".join(UNATTENDED_VENUES)
        detail = (
            f"{config.venue.name}: unattended, a venue is named and never falls back; set QF_VENUE__NAME to {named}"
        )
        raise ApplianceRefused("venue_not_named", detail)
    if programs is None:
        programs = find_programs()
        require_one_build(programs)
    start = _decide(config, options, probe)
    root = options.data_dir or default_data_dir(start.venue.name)
    with claim(root, start.venue.name, datetime.now(UTC)) as (directory, lock):
        documents = resolve(config, start, directory)
        wanted = wanted_programs(config, start)
        _write_documents(documents, directory)
        if config.web.token is None:
            make_token(directory.web_token)
        if config.web.control_token is None:
            make_token(directory.control_token)
        token = secrets.token_urlsafe(32)
        filled = supervisor_environment(
            environment, programs, directory.run, directory.logs, wanted, not start.replay, token, unattended
        )
        yield Ready(start, directory, lock, filled, _facts(config, start, directory, wanted))


def _decide(config: Config, options: UpOptions, probe: Probe) -> Start:
    venue = choose_venue(config.venue.name, config.venue.rest_url, config.venue.probe_timeout_ms, probe)
    speed = parse_speed(options.speed, venue.name)
    replay = venue.name == "replay"
    symbols = capture_symbols(venue.files) if replay else config.venue.symbols
    wanted = {"market_data", "core_risk", "trader", "web"} | ({"exchange_sim"} if venue.name == "sim" else set())
    ports = choose_ports(configured_ports(config), wanted, replay)
    return Start(venue, symbols, speed, ports)


def _write_documents(documents: Mapping[str, Mapping[str, Any]], directory: DataDir) -> None:
    for name, document in documents.items():
        path = directory.run / f"{name}.json"
        path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        path.chmod(0o600)


def _facts(config: Config, start: Start, directory: DataDir, wanted: set[str]) -> dict[str, Any]:
    address = f"http://{config.web.host}:{start.ports.web}" if "web" in wanted else None
    return {
        "venue": start.venue.name,
        "simulated": start.simulated or holds_simulated(start.venue.files),
        "why": start.venue.why,
        "symbols": list(start.symbols),
        "data_dir": str(directory.root.absolute()),
        "web": address,
        "token": "QF_WEB__TOKEN" if config.web.token is not None else f"cat {directory.web_token}",
    }
