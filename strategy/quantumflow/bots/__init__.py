"""Bots: which strategies there are, which bot runs what, and the way to a strategy that a user wrote.

sources    where strategies of a user's own are found, and the copy of each text that ran
declared   what such a text declares, read in the process that runs it
child      that process: it loads one strategy and answers, book by book
process    the trader's end of it: a bound on the time of each answer, and nothing believed unchecked
asking     every strategy of a session that is asked this way, live, in a backtest and in a replay
schemas    all strategies with their parameters and indicators, as data for forms and help
roster     which bots a session has: the configuration's as far as no command of the journal says otherwise
changes    an operator's command about a bot: checked, made a bot of, and put into the engine's state
plotted    the figures that strategies want plotted, as bounded series
"""
