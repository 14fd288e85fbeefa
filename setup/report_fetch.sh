#!/bin/sh
# Brings .report/journal.ndjson.gz up to date from the appliance at APPLIANCE_URL; with START_OVER=true it begins anew.
set -eu
cd "$(dirname "$0")/.."
: "${APPLIANCE_URL:?the repository has no variable FLY_APP or APPLIANCE_URL}"
: "${QF_WEB__TOKEN:?the repository has no secret QF_WEB__TOKEN, the read token of the appliance}"
if [ "${START_OVER:-false}" = true ]; then
  rm -f .report/journal.ndjson.gz .report/journal.ndjson.gz.verify.jsonl
fi
exec .venv/bin/quantumflow export --url "$APPLIANCE_URL" .report/journal.ndjson.gz
