"""Peers on the same events: `make bench-peers`. Each runs in a scratch environment of its own, never in the project's.

rule             what all of them do, and a plain loop that says how many orders that makes
prepare          the events and bars that all of them get, as arrays in a file
turns            how one of them waits for its turn and says what it measured
ours             the live engine and the trader's session, on the same arrays
hft, nautilus    ticks
vectors, bars    bars: vectorbt and backtesting.py
compare          takes turns, checks that all did the same work, tells the ratios
page             the table, and its place in docs/PERFORMANCE.md
"""
