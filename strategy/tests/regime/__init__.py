"""Regimes of a market: the rules, and what waits."""
