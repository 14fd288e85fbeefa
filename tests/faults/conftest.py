"""Everything here runs the real programs."""

import pytest

from quantumflow.appliance.programs import find_programs
from quantumflow.errors import ApplianceRefused


@pytest.fixture(scope="session", autouse=True)
def programs() -> None:
    try:
        find_programs()
    except ApplianceRefused as refused:
        pytest.skip(f"the programs are not built: {refused}")
