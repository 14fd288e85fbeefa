"""The API: a process of its own that looks, and hands an operator's commands to the trader.

serve      its configuration and its start
guard      who may ask and how much, before any route is looked at
rate       token buckets by address (pure)
readiness  whether an order would be refused for a reason of the system
export     the journal page by page, to be checked elsewhere
app        the routes
commands   the one route that changes something
"""
