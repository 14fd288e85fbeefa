"""`quantumflow up --unattended`: what a container starts. Decides like `up`, then becomes supervisord."""

import json
import sys
from collections.abc import Mapping
from typing import NoReturn

from quantumflow.appliance.contained import become_supervisor
from quantumflow.appliance.prepare import UpOptions, prepared
from quantumflow.appliance.programs import Programs
from quantumflow.errors import ApplianceRefused

__all__ = ["run_unattended"]


def run_unattended(options: UpOptions, environment: Mapping[str, str], programs: Programs | None = None) -> NoReturn:
    """Never returns. Raises ConfigRefused or ApplianceRefused before anything is started."""
    for flag, given in (("--for", options.seconds is not None), ("--speed", options.speed is not None)):
        if given:
            raise ApplianceRefused("flag_not_unattended", f"{flag} is not for --unattended: leave one of them out")
    with prepared(options, environment, programs, unattended=True) as ready:
        sys.stdout.write(json.dumps({"event": "started", **ready.facts}) + "\n")
        become_supervisor(ready.environment, ready.lock, ready.directory.run.resolve())
