#!/bin/sh
# What a report needs, into .venv: Python packages pinned by hash. No compiler, no other program of the appliance.
set -eu
cd "$(dirname "$0")/.."
python3 -m venv .venv
.venv/bin/python -m pip install -q --require-hashes -r requirements.lock
.venv/bin/python -m pip install -q --require-hashes -r requirements-build.lock
.venv/bin/python -m pip install -q --no-deps --no-build-isolation -e .
