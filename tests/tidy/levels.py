"""The ladder, once: each tuple is a level, lowest first. A part may use what stands on a lower level, nothing else."""

__all__ = ["OCAML_LEVELS", "PYTHON_LEVELS", "RUST_LEVELS", "Levels"]

Levels = tuple[frozenset[str], ...]

# Crates of market_data. What tests alone need (dev-dependencies) is free.
RUST_LEVELS: Levels = (
    frozenset({"venue", "book", "wire"}),
    frozenset({"capture"}),
    frozenset({"session"}),
    frozenset({"feed", "exchange_sim", "python"}),
    frozenset({"outside_bytes"}),  # it hands random bytes to all of them
    frozenset({"fuzz"}),  # its targets under libFuzzer; a workspace of its own
)

# Folders of core_risk.
OCAML_LEVELS: Levels = (
    frozenset({"lib"}),
    frozenset({"frames", "json"}),
    frozenset({"log"}),
    frozenset({"server"}),
    frozenset({"bin", "test", "docs"}),
    frozenset({"bench"}),  # it measures with the tests' own peers
)

# Modules of the package quantumflow; a package stands for all of it, unless one of its modules has its own place. Those
# of quantumflow_reports have their package's name before their own.
PYTHON_LEVELS: Levels = (
    # words, numbers, places
    frozenset(
        {
            "vocabulary",
            "regime_vocabulary",
            "drift",
            "units",
            "specs",
            "events",
            "kernel",
            "build",
            "exits",
            "paths",
            "unix_http",
            "durable",
            "orphans",
            "calendar",
            "redaction",
            "exposition",
        }
    ),
    frozenset({"errors", "outputs", "log_lines"}),
    frozenset({"metrics_door"}),
    # shapes: of state, frames, answers, settings
    frozenset(
        {
            "state",
            "restraint",
            "parameters",
            "frame_layout",
            "risk_answers",
            "trader_settings",
            "crash_points",
            "commands",
        }
    ),
    frozenset({"frame_order", "specialist"}),
    # what goes in and out
    frozenset({"outbox", "answers", "features", "frames", "indicators", "risk_client", "journal"}),
    # the paper broker, the strategies on top of it, the engine on top of both
    frozenset({"broker", "why", "regime", "reversion"}),
    frozenset({"strategies", "intake"}),
    frozenset({"strategy"}),  # what a strategy of a user's own imports
    frozenset({"condition", "decision", "opening", "specialists"}),
    frozenset({"asked", "bots", "config"}),
    frozenset({"engine", "appliance"}),
    # the shells
    frozenset({"trader", "overview", "imports", "warm", "backup", "upkeep", "exports"}),
    frozenset({"appliance_client"}),
    frozenset({"doctor", "live", "web", "parity", "recordings", "telegram"}),
    # the report
    frozenset({"quantumflow_reports.figures", "quantumflow_reports.spans"}),
    frozenset(
        {
            "quantumflow_reports.curve",
            "quantumflow_reports.presence",
            "quantumflow_reports.realism",
            "quantumflow_reports.tallies",
            "quantumflow_reports.trips",
        }
    ),
    frozenset({"quantumflow_reports.facts", "quantumflow_reports.ratios", "quantumflow_reports.bootstrap"}),
    frozenset({"quantumflow_reports.numbers"}),
    frozenset(
        {
            "quantumflow_reports.charts",
            "quantumflow_reports.markers",
            "quantumflow_reports.page",
            "quantumflow_reports.source",
        }
    ),
    frozenset({"quantumflow_reports.build"}),
    frozenset({"quantumflow_reports.daily"}),
    # research: what only its own commands import, and no image has
    frozenset({"research"}),
    frozenset({"cli"}),
)
