"""The keys of fly.toml that are documented (fly.io/docs/reference/configuration, read 2026-08-07), with their types."""

from collections.abc import Mapping
from typing import Any

__all__ = ["KEYS", "problems"]

Keys = Mapping[str, Any]

_CHECK: Keys = {
    **dict.fromkeys(("grace_period", "interval", "timeout", "method", "path", "protocol", "tls_server_name"), str),
    "tls_skip_verify": bool,
    "headers": {"*": str},
}
_CONCURRENCY: Keys = {"type": str, "soft_limit": int, "hard_limit": int}

KEYS: Keys = {
    "app": str,
    "primary_region": str,
    "kill_signal": str,
    "kill_timeout": int,
    "swap_size_mb": int,
    "console_command": str,
    "build": {
        **dict.fromkeys(("builder", "image", "dockerfile", "ignorefile", "build-target"), str),
        "args": {"*": str},
    },
    "deploy": {
        **dict.fromkeys(("release_command", "release_command_timeout", "strategy", "wait_timeout"), str),
        "max_unavailable": float,
    },
    "env": {"*": str},
    "mounts": {
        **dict.fromkeys(("source", "destination", "initial_size"), str),
        "processes": [str],
        "snapshot_retention": int,
        "scheduled_snapshots": bool,
        "auto_extend_size_threshold": int,
        "auto_extend_size_increment": str,
        "auto_extend_size_limit": str,
    },
    "http_service": {
        "internal_port": int,
        "force_https": bool,
        "auto_stop_machines": str,
        "auto_start_machines": bool,
        "min_machines_running": int,
        "processes": [str],
        "concurrency": _CONCURRENCY,
        "checks": [_CHECK],
    },
    "checks": {"*": {**_CHECK, "type": str, "port": int}},
    "restart": [{"policy": str, "retries": int, "processes": [str]}],
    "vm": [{**dict.fromkeys(("size", "memory", "cpu_kind"), str), "cpus": int, "processes": [str]}],
    "metrics": [{"port": int, "path": str, "processes": [str]}],
    "processes": {"*": str},
}
"""A mapping is a section ("*": any key), a list a repeated one, a type a value's."""


def problems(found: Any, keys: Any, path: str = "") -> list[str]:
    """Every key that is not documented and every value of another type, by its path."""
    if isinstance(keys, type):
        return [] if type(found) is keys else [f"{path}: {found!r} is no {keys.__name__}"]
    if isinstance(keys, list):
        if not isinstance(found, list):
            return [f"{path}: not repeated, [[{path}]]"]
        return [one for k, item in enumerate(found) for one in problems(item, keys[0], f"{path}[{k}]")]
    if not isinstance(found, dict):
        return [f"{path}: no section"]
    wrong = []
    for name, value in found.items():
        kind = keys.get(name, keys.get("*"))
        here = f"{path}.{name}" if path else name
        wrong += [f"{here}: not documented"] if kind is None else problems(value, kind, here)
    return wrong
