"""Mean reversion: scores, measures, the step, and the record of a specialist."""
