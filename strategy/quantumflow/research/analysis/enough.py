"""What cannot be said: a figure without a value that begins with the same words everywhere. Pure."""

from quantumflow_reports.figures import Estimate

__all__ = ["NOT_ENOUGH", "not_enough"]

NOT_ENOUGH = "not enough data"


def not_enough(why: str) -> Estimate:
    """No value, and what is missing."""
    return Estimate(None, why=f"{NOT_ENOUGH}: {why}")
