"""Loopback ports: whether the configured ones are free, and others for a replay beside a running appliance."""

import socket
from contextlib import ExitStack
from dataclasses import asdict

from quantumflow.appliance.resolve import Ports
from quantumflow.errors import ApplianceRefused

__all__ = ["busy_ports", "choose_ports"]

_HOST = "127.0.0.1"


def choose_ports(configured: Ports, wanted: set[str], replay: bool) -> Ports:
    """The configured ports if what is wanted is free. A replay takes others then; anything else is refused by name."""
    busy = busy_ports(configured, wanted)
    if not busy:
        return configured
    if replay:
        return _drawn()
    named = ", ".join(f"{program} {port}" for program, port in busy.items())
    detail = f"on loopback, already taken: {named}; stop what listens there, or set ports.base and ports.web"
    raise ApplianceRefused("port_in_use", detail)


def busy_ports(ports: Ports, wanted: set[str]) -> dict[str, int]:
    """Which of the wanted programs' ports somebody listens on."""
    return {name: port for name, port in asdict(ports).items() if name in wanted and not _free(port)}


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError:
            return False
        return True


def _drawn() -> Ports:
    """Ports the system has free now. All are held until all are drawn, so that none comes twice."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(5)]
        for probe in probes:
            probe.bind((_HOST, 0))
        numbers = [int(probe.getsockname()[1]) for probe in probes]
    return Ports(*numbers)
