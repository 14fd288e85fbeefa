#!/bin/sh
# Types and lint of the web page's sources; the types of the API's answers are made from its own description first.
set -eu
cd "$(dirname "$0")/.."
python=$PWD/.venv/bin/python
mkdir -p .build/page
"$python" -m quantumflow.web.describe >.build/page/openapi.json
cd strategy/dashboard
npx --no-install openapi-typescript ../../.build/page/openapi.json -o ../../.build/page/schema.d.ts --immutable >/dev/null
npm run --silent types
npm run --silent lint
