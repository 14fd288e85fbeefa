"""Where market data comes from: a provider is a class with a name that brings raw files. Register one to add it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from quantumflow.errors import DataRefused

__all__ = ["PROVIDERS", "Provider", "Told", "Wanted", "provider", "register"]

Told = Callable[[str, int, int], None]
"""What is at work, bytes so far, bytes in all (0: unknown)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a user asks for. `kind` is klines or aggTrades; both days are included."""

    kind: str
    symbol: str
    interval: str
    first: date
    last: date


class Provider(Protocol):
    """Brings raw files; it reads none of them."""

    name: str

    def files(self, wanted: Wanted) -> Sequence[str]:
        """The raw files that cover it, in order of time, as paths below raw/<name>/."""

    def bring(self, file: str, target: Path, told: Told) -> bool:
        """Puts one there, checked and whole; one that is there already is left. False if the source has none of it.

        Raises DataRefused for what cannot be had or is not what its checksum says.
        """


PROVIDERS: dict[str, Callable[[], Provider]] = {}


def register(name: str, make: Callable[[], Provider]) -> None:
    """`provider(name)` makes one from here on."""
    PROVIDERS[name] = make


def provider(name: str) -> Provider:
    """Raises DataRefused for one that is not registered."""
    if name not in PROVIDERS:
        detail = f"no provider {name!r}; known are {', '.join(sorted(PROVIDERS))}"
        raise DataRefused("no_such_provider", detail)
    return PROVIDERS[name]()
