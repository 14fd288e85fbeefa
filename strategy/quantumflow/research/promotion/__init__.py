"""From a ledger to specialists that trade: what was chosen, how likely luck is, in a file that can be proven.

outcomes      a ledger's trials as arrays
choice        the best of each regime; what the same choice, made before each fold, earned in it
chance        how likely luck alone shows as much, with the true number of trials
words         that in a sentence
promote       ledger → specialists.toml, or a refusal
prove         specialists.toml → proven against its ledger and its data, or a refusal
"""
