"""`python -m quantumflow.web.describe`: the API's description to standard output, without a running appliance."""

import json
import sys
from pathlib import Path

from quantumflow.overview import Sources
from quantumflow.web.app import WebSources, make_app
from quantumflow.web.commands import CommandDoor
from quantumflow.web.openapi import schema_of
from quantumflow.web.who import Tokens

__all__ = ["described"]


def described() -> str:
    """The OpenAPI document as text; every route, the commands included."""
    nowhere = Path("nowhere")
    sources = WebSources(Sources(nowhere, nowhere, nowhere), "sim", list, CommandDoor(nowhere, nowhere))
    app = make_app(sources, Tokens(["-" * 32], ["+" * 32]))
    return json.dumps(schema_of(app), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(described())
