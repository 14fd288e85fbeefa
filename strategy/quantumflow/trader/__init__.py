"""The parts of the trader process; live.py puts them together.

market_feed  the market socket: connected, read, lost, connected again
session      one run over one market session: events in, commits and deliveries out, in an order that replays
requests     engine values ↔ what core_risk is asked; pure
risk_gate    whether core_risk may be asked, and what it still has to be told
latency      bounded samples, their quantiles and histogram
tally        what was committed, counted by its words
status       the status file
metrics      the same figures for Prometheus
"""
