"""The web program: its configuration read strictly, its token, and uvicorn until a signal."""

import logging
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import uvicorn
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from quantumflow.appliance.status_files import read_status
from quantumflow.config import LOOPBACK
from quantumflow.errors import SettingsRefused
from quantumflow.exits import ExitCode
from quantumflow.overview import Sources
from quantumflow.web.app import WebSources, make_app
from quantumflow.web.commands import CommandDoor
from quantumflow.web.guard import HEADER_BYTES_MAX
from quantumflow.web.market_reader import MarketReader
from quantumflow.web.metrics import ask_risk_metrics
from quantumflow.web.page import read_page
from quantumflow.web.protocols import HttpProtocol, SocketProtocol
from quantumflow.web.readiness import ask_core_risk, risk_account
from quantumflow.web.who import Hosts, Tokens

__all__ = ["WebSettings", "read_web_settings", "serve", "web_tokens"]

CONNECTIONS_MAX = 200
KEEP_ALIVE_SECONDS = 10
STOP_SECONDS_MAX = 3
SOCKET_MESSAGE_BYTES_MAX = 4_096
"""Of a client, which has nothing to say."""
PING_SECONDS = 20.0
NICE = 10
"""Whoever asks, the trader has the processor first."""


class WebSettings(BaseModel):
    """run/web.json."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    host: str
    port: int = Field(ge=1, le=65_535)
    proxy: Literal["none", "fly"]
    hosts: list[str]
    origins: list[str]
    venue: str
    journal: str
    token_file: str
    control_token_file: str
    control_socket: str
    kill_file: str
    risk_socket: str
    market_socket: str
    replay: bool
    trader_status: str
    market_data_status: str
    log_level: Literal["debug", "info", "warning", "error"]
    config: dict[str, Any]


def read_web_settings(file: Path) -> WebSettings:
    """Raises SettingsRefused naming the key."""
    try:
        return WebSettings.model_validate_json(file.read_bytes())
    except OSError as error:
        raise SettingsRefused("settings_unreadable", f"{file}: {error.strerror}; start with `quantumflow up`") from None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise SettingsRefused("settings_refused", f"{file}: {key}: {first['msg']}") from None


def web_tokens(settings: WebSettings, environment: Mapping[str, str]) -> Tokens:
    """From QF_WEB__TOKEN and QF_WEB__CONTROL_TOKEN, else the token files. Raises SettingsRefused.

    Each may hold two tokens with a blank or a line's end between them: the new one, and the one that is given up.
    Beyond loopback the read token must be one that somebody chose.
    """
    given = environment.get("QF_WEB__TOKEN", "")
    if not given.strip() and settings.host not in LOOPBACK:
        detail = f"host {settings.host} is not loopback: set QF_WEB__TOKEN, or put 127.0.0.1"
        raise SettingsRefused("token_needed", detail)
    read = (given or _token_of_file(Path(settings.token_file))).split()
    control = environment.get("QF_WEB__CONTROL_TOKEN", "") or _token_of_file(Path(settings.control_token_file))
    try:
        return Tokens(read, control.split())
    except ValueError as error:
        raise SettingsRefused("tokens_refused", str(error)) from None


def _token_of_file(file: Path) -> str:
    try:
        if file.stat().st_mode & 0o077:
            raise SettingsRefused("token_open", f"{file} can be read by others: chmod 600 {file}")
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        detail = (
            f"{file}: {error.strerror}; start with `quantumflow up`, or set QF_WEB__TOKEN and QF_WEB__CONTROL_TOKEN"
        )
        raise SettingsRefused("token_unreadable", detail) from None


def serve(file: Path, environment: Mapping[str, str]) -> int:
    """Answers until SIGTERM."""
    try:
        settings = read_web_settings(file)
        tokens = web_tokens(settings, environment)
    except SettingsRefused as error:
        sys.stderr.write(f"quantumflow web: {error}\n")
        return ExitCode.USAGE
    os.nice(NICE)
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)  # a line for each socket, and each that is refused
    sources = _sources(settings, environment.get("QF_RISK_TOKEN", ""))
    app = make_app(sources, tokens, proxy=settings.proxy, hosts=_hosts(settings), page=read_page())
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=CONNECTIONS_MAX,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS_MAX,
        h11_max_incomplete_event_size=HEADER_BYTES_MAX,
        http=HttpProtocol,
        ws=SocketProtocol,
        ws_max_size=SOCKET_MESSAGE_BYTES_MAX,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        ws_per_message_deflate=False,
    )
    return ExitCode.OK


def _hosts(settings: WebSettings) -> Hosts:
    """On loopback its names and those that are configured; beyond it those that are configured, else any."""
    own = {"localhost", "127.0.0.1", "::1"}
    names = None if settings.host not in LOOPBACK and not settings.hosts else frozenset({*own, *settings.hosts})
    return Hosts(names, frozenset(settings.origins))


def _sources(settings: WebSettings, risk_token: str) -> WebSources:
    files = Sources(Path(settings.journal), Path(settings.trader_status), Path(settings.market_data_status))

    def market_flows() -> bool:
        """A replay waits for two readers and is held back by each: this one joins after they have."""
        if not settings.replay:
            return True
        status = read_status(files.market_data_status, time.time_ns())
        return status.running and status.values.get("messages", 0) > 0

    risk_socket = Path(settings.risk_socket)
    return WebSources(
        files,
        settings.venue,
        ask_core_risk(risk_socket, risk_token),
        CommandDoor(Path(settings.control_socket), Path(settings.kill_file)),
        MarketReader(Path(settings.market_socket), market_flows),
        risk_account(risk_socket, risk_token),
        ask_risk_metrics(risk_socket, risk_token),
        settings.config,
    )
