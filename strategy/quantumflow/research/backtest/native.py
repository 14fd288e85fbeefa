"""quantumflow_native, which only research has: the feed's own code as a Python module."""

import importlib
from typing import Any

from quantumflow.errors import ResearchRefused

__all__ = ["native"]


def native() -> Any:
    """The module. Raises ResearchRefused where it was not built."""
    try:
        return importlib.import_module("quantumflow_native")
    except ImportError as error:
        raise ResearchRefused("not_built", f"quantumflow_native is missing ({error}): run `make research`") from None
