"""`up` with fakes as a process of its own, to be killed: drive_up.py DATA_DIR."""

import os
import sys
from pathlib import Path

from appliance.conftest import RecordingScreen, fake_programs, free_base
from quantumflow.appliance.up import UpOptions, run_up

base = free_base()
environment = {**os.environ, "QF_PORTS__BASE": str(base), "QF_PORTS__WEB": str(base + 80)}
run_up(UpOptions(venue="sim", data_dir=Path(sys.argv[1])), RecordingScreen(), environment, fake_programs())
