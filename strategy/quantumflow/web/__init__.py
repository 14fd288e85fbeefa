"""The read API: a process of its own that can only look.

serve      its configuration and its start
guard      who may ask and how much, before any route is looked at
rate       token buckets by address (pure)
readiness  whether an order would be refused for a reason of the system
export     the journal page by page, to be checked elsewhere
app        the routes
"""
