"""The engines by name."""

from collections.abc import Iterator
from contextlib import contextmanager

from quantumflow.errors import ResearchRefused
from quantumflow.research.search.local_engine import LocalEngine
from quantumflow.research.search.ray_engine import RayEngine
from quantumflow.research.search.trying import Engine

__all__ = ["ENGINES", "WORKERS_MAX", "engine_of"]

ENGINES = ("local", "ray")
WORKERS_MAX = 1_024


@contextmanager
def engine_of(name: str, workers: int, address: str | None, store_bytes: int) -> Iterator[Engine]:
    """Begun, and ended afterwards. Raises ResearchRefused."""
    if name not in ENGINES:
        raise ResearchRefused("flag_refused", f"--engine {name}: known are {', '.join(ENGINES)}")
    if address is not None and name != "ray":
        raise ResearchRefused("flag_refused", "--address is of --engine ray")
    engine: Engine = LocalEngine(workers) if name == "local" else RayEngine(workers, address, store_bytes)
    try:
        yield engine
    finally:
        engine.close()
