"""`up --unattended` with fakes as a process of its own: drive_unattended.py DATA_DIR."""

import os
import sys
from pathlib import Path

from appliance.conftest import fake_programs, free_base
from quantumflow.appliance.prepare import UpOptions
from quantumflow.appliance.unattended import run_unattended

base = free_base()
environment = {**os.environ, "QF_PORTS__BASE": str(base), "QF_PORTS__WEB": str(base + 80)}
run_unattended(UpOptions(venue=sys.argv[2], data_dir=Path(sys.argv[1])), environment, fake_programs())
