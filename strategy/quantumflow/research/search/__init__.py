"""The search for configurations: every one tried, out of sample, and what became of each in a ledger."""
