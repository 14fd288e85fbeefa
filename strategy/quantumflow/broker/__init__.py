"""The paper broker: orders, latency, matching, queue, money. What it models stands in FILLS.md beside this file."""
