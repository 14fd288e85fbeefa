"""Where the project lies: the configuration, supervisord.conf and the compiled programs are found from here."""

from pathlib import Path

__all__ = ["PROJECT_ROOT"]

PROJECT_ROOT = Path(__file__).resolve().parents[2]
"""The checkout this package is installed from (an editable install: `make setup`)."""
