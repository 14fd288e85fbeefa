"""What every forked trader finds loaded: the program and its kernels. Imported by the fork server alone (forked.py)."""

import quantumflow.live
from quantumflow.warm import warm

__all__ = ["PROGRAM"]

PROGRAM = quantumflow.live

warm()
