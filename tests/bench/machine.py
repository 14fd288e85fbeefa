"""Names the machine that a figure was measured on, for a figure without its machine says nothing."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from quantumflow.paths import PROJECT_ROOT

__all__ = ["describe_machine"]


def describe_machine() -> dict[str, str | int]:
    """CPU, cores, memory, system, load, date and build."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count() or 0,
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        "system": f"{_system()} · Linux {platform.release()}",
        "python": platform.python_version(),
        "load_at_start": f"{os.getloadavg()[0]:.2f}",
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "build": subprocess.run(
            [str(PROJECT_ROOT / "setup/build_id.sh")], capture_output=True, text=True, check=True
        ).stdout.strip(),
    }


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _system() -> str:
    return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
