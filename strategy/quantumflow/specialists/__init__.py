"""specialists.toml: one specialist a regime with where it comes from; what a search wrote and the live bot FF loads.

    [provenance]
    ledger = "minutes-2024"                # the ledger's name
    ledger_digest = "<64 hex digits>"      # over its sorted content
    space_digest = "<64 hex digits>"
    code_version = "0.1.0+3f2a1bc"
    created_ns = 1732600000000000000       # UTC
    trials = 12288                         # configurations that were ever tried
    data = { BTCUSDT_1m = "<64 hex digits>" }

    [luck]
    chance = 0.02                          # that luck alone shows results as good as these, from 0 to 1
    threshold = 0.05                       # what was allowed
    sentence = "chance that this is luck: …"
    accepted = ""                          # why it was promoted above the threshold, where it was

    [specialists.BULL]                     # and BEAR, SIDEWAYS, STRESS: all four
    mode = "regression"                    # every field of reversion.Specialist, none left to a default
    lookback = 180
    # …
    config_id = "<hex>"                    # the configuration's content hash in the ledger
    scores = { robustness = 0.41 }         # what the ledger says of it, any names

    [specialists.BULL.expected]            # out of sample, a trade, after costs
    mean_log_return = 0.0004
    standard_error = 0.0001                # between folds, if that says more than between trades
    deviation = 0.0028                     # of one trade
    trades = 812
    win_rate = 0.58

    [signature]
    sha256 = "<64 hex digits>"             # of `canonical_text` of all the rest

Read strictly: an unknown or missing key, a value out of its bounds or a signature that does not fit is refused by name.
The signature proves that the file is whole and unchanged, not who wrote it: whether it follows from its ledger,
`quantumflow search verify` proves where the ledger is.
"""

from quantumflow.specialists.document import (
    REGIMES,
    RESTING,
    Expected,
    Luck,
    Promoted,
    Provenance,
    SpecialistSet,
    load_specialists,
    parse_specialists,
)
from quantumflow.specialists.flat import expectations_of, parameters_of
from quantumflow.specialists.live import drifts_of
from quantumflow.specialists.text import canonical_text, signature_of, signed_text

__all__ = [
    "REGIMES",
    "RESTING",
    "Expected",
    "Luck",
    "Promoted",
    "Provenance",
    "SpecialistSet",
    "canonical_text",
    "drifts_of",
    "expectations_of",
    "load_specialists",
    "parameters_of",
    "parse_specialists",
    "signature_of",
    "signed_text",
]
