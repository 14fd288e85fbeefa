"""The whole tree keeps every rule."""

from pathlib import Path

import pytest

from tidy.finding import Rule
from tidy.rules import RULES

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_tree_keeps(rule: Rule) -> None:
    findings = rule(ROOT)
    assert not findings, f"{rule.__doc__}\n" + "\n".join(map(str, findings))
