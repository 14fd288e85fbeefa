"""Work that many ask for and that is done once: its result stands for a moment, and who comes meanwhile gets it too."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

__all__ = ["Once"]

KEYS_MAX = 64
"""Results kept; the oldest goes."""

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Once(Generic[Key, Value]):
    """`make` runs in one thread at a time; what it made of a key is given out for `seconds`. An error is not kept."""

    def __init__(
        self, make: Callable[[Key], Value], seconds: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._make = make
        self._seconds = seconds
        self._monotonic = monotonic
        self._turn = threading.Lock()
        self._made: OrderedDict[Key, tuple[float, Value]] = OrderedDict()

    def __call__(self, key: Key) -> Value:
        with self._turn:
            now = self._monotonic()
            made = self._made.get(key)
            if made is None or now - made[0] >= self._seconds:
                made = self._made[key] = (now, self._make(key))
                self._made.move_to_end(key)
                if len(self._made) > KEYS_MAX:
                    self._made.popitem(last=False)
            return made[1]
