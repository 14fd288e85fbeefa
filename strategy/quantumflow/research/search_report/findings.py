"""A ledger's tables → everything that its page says. Pure: what was ever tried, and candles at hand, are arguments."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from quantumflow.research.promotion.chance import Chance, chances_of
from quantumflow.research.promotion.outcomes import Outcomes, outcomes_of
from quantumflow.research.promotion.promote import SEED
from quantumflow.research.promotion.words import luck_sentence
from quantumflow.research.search.ledger import PARTS, REGIMES, Ledger
from quantumflow.research.search.scores import figures
from quantumflow.research.search.simulator import FIELDS, REGIME_ROWS
from quantumflow.research.search_report.best import BestRow, StressRow, best_rows, stress_rows
from quantumflow.research.search_report.intervals import Floats
from quantumflow.research.search_report.sensitivity import Sensitivity, sensitivity_of, value_text
from quantumflow.research.search_report.timeline import Timeline
from quantumflow.research.search_report.walked import WalkForward, walk_forward_of

__all__ = ["Chosen", "Findings", "findings_of", "totals_of_tests"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the page marks: the best by objective (`regime` "all"), and of each regime what promotion would take."""

    regime: str
    config_id: str
    parameters: Mapping[str, str]
    """By name, of those that were varied."""


@dataclass(frozen=True)
class Findings:
    """Figures and words. `absent` says of each dataset without a timeline why there is none."""

    facts: Mapping[str, Any]
    objective: str
    trials_ever: int
    chances: tuple[Chance, ...]
    sentences: Mapping[str, str]
    chosen: tuple[Chosen, ...]
    sensitivity: Sensitivity
    timelines: tuple[Timeline, ...]
    absent: Mapping[str, str]
    walked: WalkForward
    best: tuple[BestRow, ...]
    stress: tuple[StressRow, ...]

    @property
    def try_out(self) -> bool:
        """Whether less than the space was tried by a grid that should have tried all."""
        facts = self.facts
        some = facts["sampler"]["name"] == "grid" and facts["configurations"] < facts["combinations"]
        return bool(facts["sampler"].get("limit")) or some

    def as_json(self) -> dict[str, Any]:
        """Everything; of the facts all but the days and the run, which are no figures of the search's outcome."""
        kept = {name: value for name, value in self.facts.items() if name not in ("daily_days", "run")}
        chances = [{**asdict(one), "luck": one.luck, "sentence": self.sentences[one.regime]} for one in self.chances]
        return {
            "provenance": {**kept, "trials_ever": self.trials_ever, "try_out": self.try_out},
            "objective": self.objective,
            "luck": chances,
            "chosen": [asdict(one) for one in self.chosen],
            "sensitivity": asdict(self.sensitivity),
            "timelines": [asdict(one) for one in self.timelines],
            "timelines_absent": dict(self.absent),
            "walk_forward": asdict(self.walked),
            "best": [asdict(one) for one in self.best],
            "stress": [asdict(one) for one in self.stress],
        }


def findings_of(
    ledger: Ledger, trials_ever: int, timelines: Sequence[Timeline] = (), absent: Mapping[str, str] | None = None
) -> Findings:
    """`trials_ever` are the configurations tried on these data, here and in other ledgers."""
    facts, outcomes, scores = ledger.facts, outcomes_of(ledger), ledger.scores
    objective = str(facts["objectives"][0])
    sample = int(facts["daily"]["sample"])
    chances = tuple(chances_of(outcomes, ledger.daily, trials_ever, sample, SEED))
    columns = {name: outcomes.parameters.column(name).to_pylist() for name in outcomes.parameters.column_names}
    sensitivity = sensitivity_of(columns, scores.column(objective).to_numpy(), _without_each_fold(ledger, objective))
    varied = [one.name for one in sensitivity.parameters]
    best = best_rows(outcomes, scores, objective, varied)
    chosen = [Chosen("all", best[0].config_id, best[0].parameters)]
    chosen += [_chosen(outcomes, one, varied) for one in chances if one.place is not None]
    stability = dict(zip(outcomes.ids, scores.column("stability").to_pylist(), strict=True))
    return Findings(
        facts,
        objective,
        trials_ever,
        chances,
        {one.regime: luck_sentence(one, trials_ever) for one in chances},
        tuple(chosen),
        sensitivity,
        tuple(timelines),
        absent or {},
        walk_forward_of(outcomes, stability),
        tuple(best),
        tuple(stress_rows(facts["stress"], scores, best[0].config_id, [one.config_id for one in chosen])),
    )


def totals_of_tests(ledger: Ledger) -> Floats:
    """(configurations, symbols, folds, regimes, FIELDS) of the tests, as the search's own scores take them."""
    facts = ledger.facts
    shape = (ledger.configurations, len(facts["symbols"]), len(facts["folds"]), len(PARTS), len(REGIMES))
    order = [REGIMES.index(regime.name) for regime in REGIME_ROWS]
    columns = [ledger.trials.column(name).to_numpy().reshape(shape) for name in FIELDS]
    return np.stack([one[:, :, :, PARTS.index("test")][..., order] for one in columns], axis=-1).astype(np.float64)


def _without_each_fold(ledger: Ledger, objective: str) -> Floats:
    """(folds, configurations): the objective of all tests but one."""
    facts, totals = ledger.facts, totals_of_tests(ledger)
    bars = np.array([fold["test"][1] - fold["test"][0] for fold in facts["folds"]], np.float64)
    found = []
    for fold in range(len(bars)):
        kept = np.arange(len(bars)) != fold
        years = float(facts["years"]) * float(bars[kept].sum() / bars.sum())
        found.append(figures(totals[:, :, kept], years, facts["weights"])[objective])
    return np.stack(found)


def _chosen(outcomes: Outcomes, one: Chance, varied: Sequence[str]) -> Chosen:
    place = int(one.place or 0)
    given = outcomes.parameters.slice(place, 1).to_pylist()[0]
    return Chosen(one.regime, outcomes.ids[place], {name: value_text(given[name]) for name in varied})
