#!/bin/sh
# Prints the build that every program of the appliance must share: the version and, where git knows it, the commit that
# last changed a program, with ".dirty" when a program differs from it. Documents and settings do not change a build.
set -eu
cd "$(dirname "$0")/.."
version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml | head -n 1)
programs="market_data core_risk strategy/quantumflow"
# shellcheck disable=SC2086 # a list of folders
commit=$(git log -1 --format=%h --abbrev=12 -- $programs 2>/dev/null) || commit=""
if [ -z "$commit" ]; then
  echo "$version"
  exit 0
fi
# shellcheck disable=SC2086
dirty=$(git status --porcelain -- $programs)
echo "$version+$commit${dirty:+.dirty}"
