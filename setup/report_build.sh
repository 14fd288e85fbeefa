#!/bin/sh
# Rewrites the report in README.md and its charts, as of the end of a UTC day (by default yesterday): a second run on the
# same day finds nothing to change.
set -eu
cd "$(dirname "$0")/.."
day=${REPORT_DAY:-$(date -u -d yesterday +%F)}
exec .venv/bin/quantumflow report .report/journal.ndjson.gz --day "$day" --readme README.md
