"""The engine of Ray: the same worker code, arrays by its object store. A cluster of its own on loopback, or `address`.

Of its own: no dashboard, no usage statistics, as many CPUs as workers, an object store as large as the arrays need.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

from quantumflow.errors import ResearchRefused
from quantumflow.research.search.features import Array, ArrayRef
from quantumflow.research.search.tasks import Answer, Task, mapped, taken, work

__all__ = ["RETRIES_MAX", "RayEngine"]

RETRIES_MAX = 20
"""Times that Ray runs a task again whose worker was killed."""
STORE_BYTES_MIN, STORE_BYTES_MAX = 100 * 1024**2, 8 * 1024**3
QUEUED_A_WORKER = 2
STALL_S_MAX = 900
"""A task takes seconds; a cluster that lost its raylet would be waited for without end."""


class RayEngine:
    """Tasks of Ray. Raises ResearchRefused("ray_unreachable") if there is none, or no cluster at the address."""

    name = "ray"

    def __init__(self, workers: int, address: str | None, store_bytes: int) -> None:
        self.workers = workers
        self._ray, self._folder = _started(workers, address, store_bytes)
        self._work = self._ray.remote(num_cpus=1, max_retries=RETRIES_MAX)(_work)
        self._objects: dict[str, Any] = {}

    def results(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, bytes]]:
        """Each task with its result, in the order in which they are done. Raises ResearchRefused."""
        waiting = list(reversed(tasks))
        running: dict[Any, Task] = {}
        while waiting or running:
            while waiting and len(running) < self.workers * (1 + QUEUED_A_WORKER):
                task = waiting.pop()
                running[self._work.remote(task, *(self._object(ref) for ref in task.arrays))] = task
            done, _ = self._ray.wait(list(running), num_returns=1, timeout=STALL_S_MAX)
            if not done:
                detail = (
                    f"no task of Ray ended in {STALL_S_MAX} s; what is done is kept: look at the cluster, run it again"
                )
                raise ResearchRefused("workers_stall", detail)
            for one in done:
                yield running.pop(one), self._result(one)

    def close(self) -> None:
        """Ends what was started here; a cluster at an address stays."""
        self._ray.shutdown()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _object(self, ref: ArrayRef) -> Any:
        if ref.sha256 not in self._objects:
            self._objects[ref.sha256] = self._ray.put(mapped(ref))
        return self._objects[ref.sha256]

    def _result(self, one: Any) -> bytes:
        try:
            return taken(self._ray.get(one))
        except self._ray.exceptions.RayError as error:
            detail = f"{str(error).splitlines()[0]}; what is done is kept: run it again"
            raise ResearchRefused("workers_die", detail) from None


def _started(workers: int, address: str | None, store_bytes: int) -> tuple[Any, str | None]:
    # Read when ray is imported. The second says that no other machine joins: then Ray listens on 127.0.0.1 alone.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    if address is None:
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
        os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112 (Ray's own name); else a busy machine starves its workers
    try:
        import ray
    except ImportError:
        raise ResearchRefused("ray_unreachable", "ray is not installed: run `make research`") from None
    quiet: dict[str, Any] = {"logging_level": "error", "log_to_driver": False, "configure_logging": True}
    folder = None if address else tempfile.mkdtemp(prefix="qf-ray-")
    own = {
        "num_cpus": workers,
        "include_dashboard": False,
        "object_store_memory": min(max(store_bytes, STORE_BYTES_MIN), STORE_BYTES_MAX),
        "_temp_dir": folder,
    }
    try:
        ray.init(**({"address": address} if address else {"address": "local", **own}), **quiet)
    except (ConnectionError, OSError, RuntimeError, ValueError) as error:
        raise ResearchRefused("ray_unreachable", f"{address or 'a cluster of its own'}: {error}") from None
    return ray, folder


def _work(task: Task, *arrays: Array) -> Answer:
    given = {ref.sha256: values for ref, values in zip(task.arrays, arrays, strict=True)}
    return work(task, lambda ref: given[ref.sha256])
