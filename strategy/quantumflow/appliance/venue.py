"""Which market an appliance runs on: what was asked for, and what `auto` finds."""

import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from quantumflow.errors import ApplianceRefused

__all__ = ["Probe", "VenueChoice", "choose_venue", "parse_speed", "probe_binance"]

REPLAY = "replay:"
FILES_MAX = 1000
SPEED_MAX = 10_000.0


@dataclass(frozen=True, slots=True)
class VenueChoice:
    """`name` is binance, sim or replay; `why` says in words how it came to that, where it was not asked for."""

    name: str
    files: tuple[Path, ...] = ()
    why: str | None = None


Probe = Callable[[str, int], str | None]
"""Asks a REST address for its time within some milliseconds; None if it answered, else why not in words."""


def probe_binance(rest_url: str, timeout_ms: int) -> str | None:
    """None if the exchange answers from here."""
    try:
        # The address is http or https by the configuration's pattern.
        with urllib.request.urlopen(f"{rest_url}/api/v3/time", timeout=timeout_ms / 1000) as answer:  # noqa: S310
            return None if answer.status == 200 else f"it answers with HTTP {answer.status}"
    except urllib.error.HTTPError as error:
        if error.code == 451:
            return "it answers with HTTP 451: this place may not use it (geo-blocked)"
        return f"it answers with HTTP {error.code}"
    except (OSError, ValueError) as error:
        return f"it cannot be reached ({getattr(error, 'reason', error)})"


def choose_venue(asked: str, rest_url: str, timeout_ms: int, probe: Probe = probe_binance) -> VenueChoice:
    """`asked` is auto, binance, sim or replay:FILE[,FILE…]. Only auto may fall back, and says so."""
    if asked == "auto":
        failed = probe(rest_url, timeout_ms)
        if failed is None:
            return VenueChoice("binance", why=f"{rest_url} answers")
        return VenueChoice("sim", why=f"{rest_url}: {failed}")
    if asked in ("binance", "sim"):
        return VenueChoice(asked)
    if asked.startswith(REPLAY):
        return VenueChoice("replay", _files(asked[len(REPLAY) :]))
    raise ApplianceRefused("unknown_venue", f"{asked!r}: put auto, binance, sim or replay:FILE[,FILE…]")


def _files(text: str) -> tuple[Path, ...]:
    names = [name for name in text.split(",") if name]
    if not names or len(names) > FILES_MAX:
        raise ApplianceRefused("replay_files", f"replay: names {len(names)} files; put 1 to {FILES_MAX}, with commas")
    files = tuple(Path(name).absolute() for name in names)
    for k, file in enumerate(files):
        if file in files[:k]:
            raise ApplianceRefused("replay_file_twice", f"{file} is named twice")
        _check_readable(file)
    return files


def _check_readable(file: Path) -> None:
    try:
        if file.is_dir():
            next(file.iterdir(), None)
        else:
            with file.open("rb") as source:
                source.read(1)
    except OSError as error:
        detail = f"{file}: {error.strerror}; name readable captures or recording directories after replay:"
        raise ApplianceRefused("replay_file_unreadable", detail) from None


def parse_speed(text: str | None, venue: str) -> float:
    """A replay's speed: 0 for "max" (its default), else a factor of recorded time. Refused where there is no replay."""
    if venue != "replay":
        if text is not None:
            raise ApplianceRefused(
                "speed_without_replay", f"--speed {text}: only a replay has one; the venue is {venue}"
            )
        return 1.0
    if text in (None, "max"):
        return 0.0
    try:
        speed = float(str(text))
    except ValueError:
        speed = 0.0
    if not 0.0 < speed <= SPEED_MAX:
        raise ApplianceRefused("speed", f"--speed {text}: put max, or a number above 0 up to {SPEED_MAX:.0f}")
    return speed
