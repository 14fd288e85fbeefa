"""The report: journal → numbers → charts → page.

figures    a figure that may be unknown, and figures as text
spans      how long something was in which state
curve      equity over time, thinned; drawdown; a close a day
trips      round trips from flat to flat
presence   sessions, uptime, gaps, feed states, halts, time in the market
realism    the same fills at mid, at touch and as the paper broker filled them
tallies    counts and money by bot, by day, by refusal
facts      all of these, from one pass over the events
ratios     Sharpe, Sortino, Calmar, profit factor …, each once, with its source
bootstrap  confidence intervals by a seeded bootstrap
numbers    facts → everything that the page and the charts say
source     where events come from: a journal, an export, a running appliance; the chain is checked on the way
charts     numbers → pictures
page       numbers → Markdown, and the short text for a message
markers    the one place of the README that is rewritten
build      the files of a report
daily      the report of a UTC day, made once

Up to `numbers` nothing opens a file or asks a clock: the same events give the same bytes.
"""
