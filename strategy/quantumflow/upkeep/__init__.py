"""The appliance's own scheduler and dead-man's switch: a small program beside the traders that loads no kernel.

settings   run/upkeep.json, read strictly
periods    when a job is due, by UTC periods (pure)
record     what must survive a restart: periods that are settled, alarms that stand, notices
jobs       which job is next, and what its end means (pure)
alarms     conditions that last become alarms, said once when they begin and once when they end (pure)
readings   what is looked at: status files, disk, journal, results
conditions readings → what is wrong now, by name (pure)
child      one command of the CLI at low priority, with a bound on its time
heartbeat  when a GET goes to somewhere outside: while all is well
beat       one such GET, as a process of its own
processes  the programs beside it, and which of them were started again
metrics    figures for Prometheus
by_hand    one job, run by a person
program    all of it, in one loop
"""
