"""What is told and asked: names of metrics out of Prometheus' text, and names that its expressions look at."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

__all__ = ["ROOT", "alert_rules", "asked_names", "dashboard_queries", "own_labels", "told_names"]

ROOT = Path(__file__).resolve().parents[2]
_TYPE = re.compile(r"^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$", re.MULTILINE)
_LABEL = re.compile(r'[{,]([a-zA-Z_][a-zA-Z0-9_]*)="')
_STRINGS = re.compile(r'"[^"]*"')
_GROUPING = re.compile(r"\b(by|without|on|ignoring)\s*\([^)]*\)")
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_WORDS = frozenset({"sum", "rate", "increase", "max", "min", "changes", "histogram_quantile", "le"})
_OF_PROMETHEUS = frozenset({"up"})


def told_names(text: str) -> set[str]:
    """Series of a text: those of a histogram by their endings."""
    names = set()
    for name, kind in _TYPE.findall(text):
        names |= {f"{name}_{end}" for end in ("bucket", "sum", "count")} if kind == "histogram" else {name}
    return names


def own_labels(text: str) -> set[str]:
    """Names of the labels that the series of a text carry."""
    return set(_LABEL.findall(text))


def asked_names(expression: str) -> set[str]:
    """Metrics that an expression looks at. Labels in braces, groupings, numbers and functions are none."""
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", "", _STRINGS.sub("", _GROUPING.sub("", expression)))
    return {name for name in _NAME.findall(bare) if not re.fullmatch(r"e[0-9]*", name)} - _WORDS - _OF_PROMETHEUS


def alert_rules() -> list[dict[str, Any]]:
    document = yaml.safe_load((ROOT / "setup/prometheus/alerts.yml").read_text(encoding="utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


def dashboard_queries() -> Iterator[tuple[str, str]]:
    """Each panel's title and each of its queries."""
    board = json.loads((ROOT / "setup/grafana/quantumflow.json").read_text(encoding="utf-8"))
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]
