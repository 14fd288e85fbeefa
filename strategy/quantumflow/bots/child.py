"""`python -I -m quantumflow.bots.child FD PATH NAME`: one strategy of a user's own in a process of its own.

It loads the text, says what it declares, and then answers each question on the socket FD until that ends. It holds no
secret, no file of the appliance and no more memory than MEMORY_BYTES_MAX; it dies with the trader.
"""

import math
import resource
import signal
import socket
import struct
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec

from quantumflow.bots.declared import Declared, StrategyBroken, load, said_of
from quantumflow.orphans import end_with_parent
from quantumflow.strategies.view import Intent, View

__all__ = ["MEMORY_BYTES_MAX", "MESSAGE_BYTES_MAX", "answer_of", "main", "recv", "send", "with_defaults"]

MEMORY_BYTES_MAX = 1 << 30
"""Of addresses; what is really used is far less. Beyond it the strategy meets a MemoryError."""
MESSAGE_BYTES_MAX = 65_536
_LENGTH = struct.Struct("<I")


def main(arguments: Sequence[str]) -> int:
    """Serves until the trader's end is closed."""
    channel = socket.socket(fileno=int(arguments[0]))
    _confine()
    try:
        declared = load(Path(arguments[1]), arguments[2])
    except StrategyBroken as error:
        send(channel, {"broken": str(error)})
        return 1
    send(channel, {"ready": declared.as_json()})
    given = recv(channel)
    if given is not None:
        _serve(channel, declared, with_defaults(declared, given))
    return 0


def _confine() -> None:
    end_with_parent(signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number in (signal.SIGINT, signal.SIGTERM):  # what ends the trader ends this one, and in the trader's order
        signal.signal(number, signal.SIG_IGN)
    try:
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    except OSError:
        return  # a container may forbid it; the kernel then chooses by size


def _serve(channel: socket.socket, declared: Declared, parameters: SimpleNamespace) -> None:
    memories: dict[int, Any] = {}
    while (asked := recv(channel)) is not None:
        instrument, *seen = asked
        send(channel, answer_of(declared, View(*seen), parameters, memories, instrument))


def with_defaults(declared: Declared, given: Mapping[str, float]) -> SimpleNamespace:
    """The parameters as a strategy reads them: those that were given, the others at their defaults."""
    values = {parameter.name: parameter.default for parameter in declared.parameters}
    return SimpleNamespace(**{**values, **given})


def answer_of(
    declared: Declared, view: View, parameters: SimpleNamespace, memories: dict[int, Any], instrument: int
) -> dict[str, Any]:
    """`intent` (its fields, or null) and `figures`; or `raised`; or `absurd`, for what is no intent at all."""
    try:
        if instrument not in memories:
            memories[instrument] = SimpleNamespace() if declared.memory is None else declared.memory()
        memory = memories[instrument]
        said = declared.decide(view, parameters, memory)
        figures = _figures(declared, memory)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is the strategy's, and is told
        return {"raised": said_of(error)}
    if said is None:
        return {"intent": None, "figures": figures}
    if not isinstance(said, Intent):
        return {"absurd": f"it answered {type(said).__name__}, not an Intent or None"}
    fields = [float(value) if isinstance(value, float) else value for value in said]
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in fields):
        return {"absurd": "a field of its intent is no number"}
    return {"intent": [value if isinstance(value, float) else int(value) for value in fields], "figures": figures}


def _figures(declared: Declared, memory: Any) -> list[float | None]:
    """What it wants plotted, in order of its INDICATORS; None where there is no number yet."""
    figures: list[float | None] = []
    for indicator in declared.indicators:
        value = getattr(memory, indicator.name, None)
        usable = isinstance(value, int | float) and math.isfinite(value)
        figures.append(float(value) if usable and value is not None else None)
    return figures


def send(channel: socket.socket, value: object) -> None:
    """One message."""
    text = msgspec.msgpack.encode(value)
    channel.sendall(_LENGTH.pack(len(text)) + text)


def recv(channel: socket.socket, left: Callable[[], float] | None = None) -> Any:
    """The next message; None at the end of the channel. `left`: seconds that each part of it may still be waited for.

    Raises ValueError for what is no message, OSError as the socket does.
    """
    head = _exactly(channel, _LENGTH.size, left)
    if head is None:
        return None
    (size,) = _LENGTH.unpack(head)
    if size > MESSAGE_BYTES_MAX:
        raise ValueError(f"a message of {size} bytes, at most {MESSAGE_BYTES_MAX}")
    text = _exactly(channel, size, left)
    try:
        return None if text is None else msgspec.msgpack.decode(text)
    except RecursionError:
        raise ValueError("a message of too many levels") from None


def _exactly(channel: socket.socket, size: int, left: Callable[[], float] | None) -> bytes | None:
    parts = b""
    while len(parts) < size:
        if left is not None:
            channel.settimeout(left())
        data = channel.recv(size - len(parts))
        if not data:
            return None
        parts += data
    return parts


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
