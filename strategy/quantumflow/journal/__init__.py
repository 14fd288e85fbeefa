"""The journal: what happened, in one append-only, hash-chained SQLite file with one writer.

records     engine outputs → journal events (names instead of numbers, canonical JSON)
chain       the hash of each row, and the digest of a session
totals      the account, recomputed from events by the rules of API.md
standing    what the events so far amount to, and a checkpoint of it
schema      tables, triggers and the connection's settings
anchor      the last (seq, hash) in a second file
projections what each event changes in the tables that readers use
whereabouts whether the files are still where the next start will look
writer      the one writer: a transaction for what happened together
verify      the checks of a journal, and which damage each finds
recovery    the only way to a writer: the checks, then the account to start from
reader      read-only questions for the command line and the web
trips       scalpers' trips, from flat to flat, as events tell them
scalpers    their statistics by bot and regime
expectations       live trips against what a file of specialists expects; expectation_file keeps that,
expectation_follow reads on from it

An event is `seq, session, event_ns, recorded_ns, kind, payload, hash`. `event_ns` is the market's time, `recorded_ns`
this machine's; only the first is part of a session's digest. The payload is canonical JSON (records.canonical):

session_started   session, market_session, venue, simulated, clock, build, instruments with units, bots, broker, engine,
                  calendar (null: none). A bot with specialists has their `expected` figures by regime
deposit           deposit_id, amount_e8, currency
signal, order, order_state, fill, equity, feed, trading
                  the fields of outputs.FIELDS, beside bot, symbol and frame_seq; a fill's fill_model only where it is
                  not `model`, so never in the appliance's own journal
verdict           the same, and core_risk's order_hash, rules, limits_version, expires_ns, log_seq (null: it gave none)
command           command, bot (null: all), reason, who, key, frame_seq: the last frame before it. It was applied after
                  that frame and before what follows it here. Outside a session frame_seq is 0
                  About one bot it also has what was asked (strategy, instruments, capital, parameters, flatten), and
                  `made`: the bot as it is then, null: it is no more, and of a removal `removing`: true until it is flat
bot               the engine itself changed a bot's state: bot_state, bot_reason, detail, frame_seq
calendar          frame_seq, known_ns, extend_ns, pauses: [name, prepare_ns, start_ns, end_ns]; told to the engine
                  after that frame and before the next
joined            a connection to market_data begins: frame_seq and hello_ns of its Hello, next_seq, catch_up
feed_lost         that connection has ended: problem, frame_seq: the last live frame it brought, past_left: how many of
                  the frames that repeat the past had not come
skipped           Book frames from `first` to frame_seq that this trader was not given, left_out of them
session_ended     session, reason, digest, frame_seq and past_left as above (0 of one that a restart ended)

Orders are named by their client id, bots and instruments by name, values of the vocabulary by their lower-case word.
A session's digest is a chain: SHA-256 of the digest before and `event_ns|kind|payload`, for each of its events but the
first and last. It begins with SHA-256 of `quantumflow session 1`.
"""
