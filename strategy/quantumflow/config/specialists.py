"""Files of specialists that bots name, read and proven before anything starts; their figures become parameters."""

from pathlib import Path

from quantumflow.config.models import BotConfig, Config
from quantumflow.errors import Problem, SpecialistRefused
from quantumflow.specialists import expectations_of, load_specialists, parameters_of

__all__ = ["with_specialists"]

TAKES_SPECIALISTS = "ff"
"""The one strategy that has a specialist a regime."""


def with_specialists(config: Config) -> tuple[Config, list[Problem]]:
    """The configuration with every named file in its bot's parameters, and what is wrong with the files."""
    problems: list[Problem] = []
    bots: dict[str, BotConfig] = {}
    for name, bot in config.bots.items():
        bots[name] = bot
        if bot.specialists:
            key = f"bots.{name}.specialists"
            try:
                bots[name] = _with_file(bot, key)
            except (SpecialistRefused, ValueError) as error:
                problems.append(Problem(key, bot.specialists, str(error)))
        elif bot.specialists_sha256 is not None:
            problems.append(Problem(f"bots.{name}.specialists", None, "name the file that has this signature"))
    return config.model_copy(update={"bots": bots}), problems


def _with_file(bot: BotConfig, key: str) -> BotConfig:
    """Raises SpecialistRefused for the file, ValueError for what contradicts it."""
    if bot.strategy != TAKES_SPECIALISTS:
        raise ValueError(f"only the strategy {TAKES_SPECIALISTS} takes specialists; take {key} out")
    found = load_specialists(Path(bot.specialists))
    if bot.specialists_sha256 not in (None, found.sha256):
        raise ValueError(f"its signature is {found.sha256}, not specialists_sha256; look which of them you mean")
    promoted = parameters_of(found)
    if twice := sorted(set(promoted) & set(bot.parameters)):
        raise ValueError(f"the file has {twice[0]}, and so has bots.*.parameters: take it out there")
    return bot.with_specialists({**bot.parameters, **promoted}, found.sha256, expectations_of(found))
