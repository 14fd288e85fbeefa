"""Every strategy with its parameters and indicators, as data: for the help, the API and the page's form."""

from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from quantumflow.bots.process import StrategyProcess
from quantumflow.bots.sources import Source, find_sources, keep
from quantumflow.strategies.registry import STRATEGIES, Strategy

__all__ = ["declaration_of", "strategy_schemas"]


def strategy_schemas(folder: Path | None = None) -> list[dict[str, Any]]:
    """All strategies, ours first, then those of a user by name; JSON values only.

    name, doc, source (`built_in`, `file`, `entry_point`), place, digest (SHA-256 of the text; null of ours), problem
    (null: it can be used), parameters: name, type (`integer`, `number`), default, low, high, doc; indicators: name,
    unit, panel (`price`, `own`), doc. A text is loaded in a process of its own, once for each digest.
    """
    ours = [_of_ours(strategy) for strategy in STRATEGIES]
    taken = {one["name"] for one in ours}
    return ours + [_of_a_user(source, source.name in taken) for source in find_sources(folder).values()]


def declaration_of(source: Source) -> dict[str, Any] | str:
    """What the text declares, or why it cannot be used."""
    try:
        return _loaded(source)
    except OSError as error:  # of this machine, at this moment: not remembered
        return f"it cannot be loaded here: {error}"


@lru_cache(maxsize=128)
def _loaded(source: Source) -> dict[str, Any] | str:
    with TemporaryDirectory(prefix="qf-strategy-") as scratch:
        process = StrategyProcess(keep(Path(scratch), source), source.name)
        try:
            return process.declaration()
        finally:
            process.close()


def _of_ours(strategy: Strategy) -> dict[str, Any]:
    said = {
        "doc": strategy.doc,
        "parameters": [asdict(one) for one in strategy.parameters],
        "indicators": [asdict(one) for one in strategy.indicators],
    }
    place = f"quantumflow.strategies.{strategy.name}"
    return {
        "name": strategy.name,
        "source": "built_in",
        "place": place,
        "digest": None,
        "problem": None,
        **_shown(said),
    }


def _of_a_user(source: Source, taken: bool) -> dict[str, Any]:
    head = {"name": source.name, "source": source.kind, "place": source.place}
    problem = f"a strategy of ours is called {source.name}: rename it" if taken else source.problem
    said = problem if problem is not None else declaration_of(source)
    if isinstance(said, str):
        nothing: dict[str, Any] = {"doc": "", "parameters": [], "indicators": []}
        return {**head, "digest": source.digest, "problem": said, **nothing}
    return {**head, "digest": source.digest, "problem": None, **_shown(said)}


def _shown(said: dict[str, Any]) -> dict[str, Any]:
    parameters = [
        {
            "name": one["name"],
            "type": "integer" if one["integer"] else "number",
            **{name: one[name] for name in ("default", "low", "high", "doc")},
        }
        for one in said["parameters"]
    ]
    indicators = [{name: one[name] for name in ("name", "unit", "panel", "doc")} for one in said["indicators"]]
    return {"doc": said["doc"], "parameters": parameters, "indicators": indicators}
