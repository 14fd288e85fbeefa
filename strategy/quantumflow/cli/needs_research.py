"""Commands of research refuse by name where what they need is not installed, as in the appliance's image."""

from importlib.util import find_spec

from quantumflow.errors import ApplianceRefused

__all__ = ["require_research"]

_NEEDED = ("quantumflow.research", "matplotlib", "pandas", "polars", "pyarrow", "statsmodels")


def require_research() -> None:
    """Raises ApplianceRefused("research_missing") with what is absent."""
    absent = [name for name in _NEEDED if find_spec(name) is None]
    if absent:
        raise ApplianceRefused("research_missing", f"{', '.join(absent)} not installed: run `make research`")
