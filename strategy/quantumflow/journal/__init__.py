"""The journal: what happened, in one append-only, hash-chained SQLite file with one writer.

records     engine outputs → journal events (names instead of numbers, canonical JSON)
chain       the hash of each row, and the digest of a session
totals      the account, recomputed from events by the rules of API.md
schema      tables, triggers and the connection's settings
anchor      the last (seq, hash) in a second file
projections what each event changes in the tables that readers use
writer      the one writer: a transaction for what happened together
recovery    the only way to a writer: every check there is, then the account to start from
reader      read-only questions for the command line and the web
"""
