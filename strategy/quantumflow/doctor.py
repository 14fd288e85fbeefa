"""`doctor`: what an appliance stands on, one check a function, each with its remedy."""

import os
import platform
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

import apsw

from quantumflow.appliance.data_dir import DataDir
from quantumflow.appliance.ports import busy_ports
from quantumflow.appliance.programs import find_programs, require_one_build
from quantumflow.appliance.resolve import configured_ports
from quantumflow.appliance.venue import Probe, probe_binance
from quantumflow.backup.bundle import Core
from quantumflow.build import build_id
from quantumflow.config import Config, find_config, load_config
from quantumflow.errors import ApplianceRefused, BackupRefused, ConfigRefused, JournalRefused
from quantumflow.journal.schema import sqlite_gate
from quantumflow.journal.verify import check_journal

__all__ = ["Finding", "Level", "diagnose"]

DISK_FREE_BYTES_MIN = 200_000_000
DISK_FREE_BYTES_GOOD = 2_000_000_000
CLOCK_EARLIEST_NS = 1_767_225_600_000_000_000
"""2026-01-01: a machine whose clock is earlier has lost it."""


class Level(Enum):
    """`fail` keeps an appliance from running well; `warn` is worth knowing."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    check: str
    level: Level
    found: str
    remedy: str = ""

    def as_json(self) -> dict[str, str]:
        return {**asdict(self), "level": self.level.value}


def diagnose(
    directory: DataDir,
    config_file: Path | None,
    environment: Mapping[str, str],
    probe: Probe = probe_binance,
    deep: bool = False,
) -> Iterator[Finding]:
    """Every finding in turn; `deep` reads the journal and core_risk's log too. Nothing is started or changed."""
    yield from _versions()
    yield from _programs()
    yield from _clock()
    yield from _directory(directory)
    if deep:
        yield _journal(directory)
        yield _risk_log(directory)
    yield from _kernel_cache(environment)
    try:
        config = load_config(find_config(config_file), environment)
    except ConfigRefused as error:
        yield Finding("configuration", Level.FAIL, error.detail, "correct the keys it names")
        return
    yield Finding("configuration", Level.OK, str(find_config(config_file)))
    yield from _ports(config, _locked(directory))
    yield _telegram(config)
    yield from _venue(config, probe)


def _versions() -> Iterator[Finding]:
    yield Finding("python", Level.OK, f"{platform.python_version()} on {platform.machine()}, {os.cpu_count()} cores")
    try:
        sqlite_gate()
        yield Finding("sqlite", Level.OK, apsw.sqlite_lib_version())
    except JournalRefused as error:
        yield Finding("sqlite", Level.FAIL, apsw.sqlite_lib_version(), error.detail)


def _programs() -> Iterator[Finding]:
    try:
        programs = find_programs()
    except ApplianceRefused as error:
        yield Finding("programs", Level.FAIL, error.detail, "run `make setup`")
        return
    try:
        require_one_build(programs)
        yield Finding("builds", Level.OK, f"all programs are {build_id()}")
    except ApplianceRefused as error:
        yield Finding("builds", Level.FAIL, error.detail, "run `make setup`")


def _clock() -> Iterator[Finding]:
    if time.time_ns() < CLOCK_EARLIEST_NS:
        yield Finding("clock", Level.FAIL, time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), "set the clock (NTP)")
    else:
        yield Finding("clock", Level.OK, time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()))


def _directory(directory: DataDir) -> Iterator[Finding]:
    root = directory.root
    existing = next(path for path in (root.absolute(), *root.absolute().parents) if path.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        yield Finding("data directory", Level.FAIL, f"{existing} cannot be written", "name another with --data-dir")
    elif root.exists() and root.stat().st_mode & 0o077:
        yield Finding("data directory", Level.WARN, f"{root} is open to other users", f"chmod 700 {root}")
    else:
        held = "; an appliance runs on it" if _locked(directory) else ""
        yield Finding("data directory", Level.OK, f"{root}{held}")
    free = shutil.disk_usage(existing).free
    level = Level.OK if free >= DISK_FREE_BYTES_GOOD else Level.WARN if free >= DISK_FREE_BYTES_MIN else Level.FAIL
    remedy = "" if level is Level.OK else "free the disk, or lower market_data.record_max_bytes"
    yield Finding("disk", level, f"{free // 1_000_000} MB free", remedy)


def _journal(directory: DataDir) -> Finding:
    """The whole check: every event, which a start does not make. An appliance may run meanwhile."""
    if not directory.journal.exists():
        return Finding("journal", Level.OK, "none yet")
    began = time.monotonic()
    try:
        verified = check_journal(directory.journal, directory.anchor)
    except JournalRefused as error:
        found, _, remedy = error.detail.rpartition("; ")
        return Finding("journal", Level.FAIL, f"{error.name}: {found}", remedy)
    seconds = time.monotonic() - began
    return Finding("journal", Level.OK, f"every one of {verified.standing.head.seq} events fits, in {seconds:.1f} s")


def _risk_log(directory: DataDir) -> Finding:
    """core_risk reads all of its log and decides everything again; its start reads from a checkpoint on."""
    name = "core_risk_log"
    if not directory.risk_log.exists():
        return Finding(name, Level.OK, "none yet")
    try:
        again = Core(find_programs().command("core_risk")).decided_again(directory.risk_log)
    except ApplianceRefused as error:
        return Finding(name, Level.FAIL, error.detail, "run `make setup`")
    except BackupRefused as error:
        found, _, _ = error.detail.rpartition("; ")
        return Finding(name, Level.FAIL, f"{error.name}: {found}", "`quantumflow restore` a backup from before it")
    return Finding(name, Level.OK, f"every one of {again['records']} records is decided again as it stands")


def _locked(directory: DataDir) -> bool:
    """True while an appliance holds the directory."""
    try:
        with (directory.root / "lock").open("rb") as lock:
            flock(lock, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _kernel_cache(environment: Mapping[str, str]) -> Iterator[Finding]:
    if environment.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        yield Finding("kernels", Level.WARN, "NUMBA_DISABLE_JIT is set: plain Python, slow", "unset it")
        return
    from quantumflow.kernel import CACHE

    if any(CACHE.rglob("*.nbi")):
        yield Finding("kernels", Level.OK, "compiled and cached")
        return
    folder = next(path for path in (CACHE, *CACHE.parents) if path.exists())
    if _writable(folder):
        remedy = "run `make setup`; else the first start compiles for about a minute"
        yield Finding("kernels", Level.WARN, "these sources are not compiled yet", remedy)
    else:
        yield Finding("kernels", Level.FAIL, f"none in {folder}, and it cannot be written", "set NUMBA_CACHE_DIR")


def _writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _ports(config: Config, running: bool) -> Iterator[Finding]:
    ports = configured_ports(config)
    busy = busy_ports(ports, set(asdict(ports)))
    shown = ", ".join(f"{name} {port}" for name, port in busy.items())
    if not busy:
        yield Finding("ports", Level.OK, f"free: {', '.join(str(port) for port in asdict(ports).values())}")
    elif running:
        yield Finding("ports", Level.OK, f"in use while an appliance runs: {shown}")
    else:
        yield Finding("ports", Level.FAIL, f"in use: {shown}", "stop what listens there, or set ports.base, ports.web")


def _telegram(config: Config) -> Finding:
    """Nothing is sent: whether its token can be read, and by nobody else."""
    own = config.telegram
    if not own.enabled:
        return Finding("telegram", Level.OK, "off")
    told = f"{len(own.chats)} chats are told, {len(own.users)} users may command"
    if own.token_file is None:
        return Finding("telegram", Level.OK, f"{told}, the token comes from the environment")
    try:
        mode = Path(own.token_file).stat().st_mode
    except OSError as error:
        return Finding("telegram", Level.FAIL, f"{own.token_file}: {error.strerror}", "put the bot's token there, 0600")
    if mode & 0o077:
        return Finding(
            "telegram", Level.FAIL, f"{own.token_file} is open to other users", f"chmod 600 {own.token_file}"
        )
    return Finding("telegram", Level.OK, f"{told}, the token is in {own.token_file}")


def _venue(config: Config, probe: Probe) -> Iterator[Finding]:
    name = config.venue.name
    if name not in ("auto", "binance"):
        yield Finding("venue", Level.OK, f"{name}: no exchange is needed")
        return
    failed = probe(config.venue.rest_url, config.venue.probe_timeout_ms)
    if failed is None:
        yield Finding("venue", Level.OK, f"{config.venue.rest_url} answers")
    elif name == "auto":
        remedy = "nothing, if a SIMULATED market will do; else a place from where Binance may be used"
        yield Finding("venue", Level.WARN, f"{config.venue.rest_url}: {failed}; auto will simulate", remedy)
    else:
        remedy = "run from a place where it may be used, or set venue.name"
        yield Finding("venue", Level.FAIL, f"{config.venue.rest_url}: {failed}", remedy)
