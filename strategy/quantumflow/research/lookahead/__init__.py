"""Whether a strategy or an indicator knows the future, or depends on where it began.

signals    what a subject said, row by row, and the first place at which two of them differ
probes     the same subject on less data: three probes and what they found
vectorised a function of columns as a subject
replayed   a strategy through the engine, on events, as a subject
told       what was found, in words and as JSON
check      the door: a strategy's word and data → what was found

A look ahead: with the data cut off after a row, the rows before it are another's. A recursion: with a later beginning,
and so a shorter warm-up, rows after the warm-up are another's. Both are found by running, not by reading the code.
"""
