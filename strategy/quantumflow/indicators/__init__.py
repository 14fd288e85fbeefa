"""Indicators: each one step of a state, and the same step over a whole column.

A strategy's kernel keeps a float64 array of zeros and calls the step itself, e.g.
`averages.ema_step(state, value, n)`: the batch is a loop over that very step, so both agree to the last bit.
Values must be finite: a step has no way to refuse one, `registry.compute` does.
"""
