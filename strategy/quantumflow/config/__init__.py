"""quantumflow.toml and the environment over it, read once into frozen values that contradict each other nowhere.

section.py        what every section is
care.py           the sections of the programs that look after an appliance
models.py         every key, its type and its bounds
environment.py    QF_SECTION__KEY over the file
contradictions.py what each key allows alone and two keys together do not
load.py           file + environment → Config, or every problem at once
"""

from quantumflow.config.contradictions import LOOPBACK
from quantumflow.config.load import DEFAULT_FILE, find_config, load_config, shown_config
from quantumflow.config.models import BotConfig, Config, InstrumentConfig
from quantumflow.errors import ConfigRefused, Problem

__all__ = [
    "DEFAULT_FILE",
    "LOOPBACK",
    "BotConfig",
    "Config",
    "ConfigRefused",
    "InstrumentConfig",
    "Problem",
    "find_config",
    "load_config",
    "shown_config",
]
