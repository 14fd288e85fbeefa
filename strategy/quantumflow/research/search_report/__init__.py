"""A ledger → what its search found, as a page: figures first, then words and pictures of them.

intervals     of a win rate, of a figure over folds
sensitivity   which parameters matter, and where the good ground is
timeline      which regime reigned when
walked        the choice before each fold, by regime and by symbol
best          the best configurations, and every crash
findings      all of it together, from a ledger's tables alone
content       findings → sections of text and tables
charts        findings → pictures, light and dark
page          the shell: ledger and datasets read, the page written
"""
