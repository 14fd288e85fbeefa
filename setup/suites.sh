#!/bin/sh
# Runs every suite with a bound on its time, tells each outcome in one closing line. usage: suites.sh test|check
set -u
cd "$(dirname "$0")/.." || exit 1
results=""
failed=0

# suite NAME SECONDS COMMAND...: one suite; its output as it comes, its outcome for the end.
suite() {
  name=$1 bound=$2
  shift 2
  echo "==> $name"
  began=$(date +%s)
  timeout --kill-after=10 "$bound" "$@" </dev/null
  code=$?
  took=$(($(date +%s) - began))
  case $code in
    0) outcome="ok" ;;
    124 | 137) outcome="FAILED: not done within $bound s" failed=1 ;;
    *) outcome="FAILED: exit $code" failed=1 ;;
  esac
  results="$results$(printf '%-28s %4d s  %s' "$name" "$took" "$outcome")
"
}

python=.venv/bin/python
if [ "$1" = check ]; then
  suite "format: Rust" 60 sh -c 'cd market_data && cargo fmt --all --check'
  suite "format: OCaml" 60 setup/ocaml_format.sh
  suite "format: Python" 60 $python -m ruff format --check .
  suite "lint: Python" 60 $python -m ruff check .
  suite "lint: shell, workflows, image" 120 setup/lint_files.sh
  suite "types, lint: page" 400 setup/page_check.sh
  suite "types: Python" 600 sh -c "$python -m mypy && $python -m mypy tests/tidy tests/end_to_end tests/bench tests/reliability tests/crash tests/faults tests/parity tests/deploy tests/image tests/mutants tests/soak tests/fuzz tests/page tests/watch"
  suite "lint: Rust" 1200 sh -c 'cd market_data && cargo clippy --locked --workspace --all-targets -- -D warnings'
fi
suite "tests: Rust" 1800 sh -c 'cd market_data && cargo test --locked --workspace'
suite "tests: OCaml" 600 sh -c 'cd core_risk && dune runtest --root . --force'
# Much of their time they wait for programs: two at once, a file whole in one of them.
suite "tests: Python" 1800 $python -m pytest -n 2 --dist loadfile strategy/tests --ignore=strategy/tests/research
suite "tests: research" 1500 $python -m pytest -n 2 --dist loadfile strategy/tests/research
suite "tests: page, pure parts" 300 npm --prefix strategy/dashboard run --silent test
suite "tests: page in a browser" 1200 $python -m pytest tests/page
suite "tests: report" 900 $python -m pytest reports/tests
suite "tests: workflows" 600 $python -m pytest tests/workflows
suite "tests: tidy" 600 $python -m pytest tests/tidy
suite "tests: what tests the tests" 600 $python -m pytest tests/reliability tests/mutants tests/soak
suite "tests: soak" 400 $python tests/soak/run.py --minutes 1.5
suite "tests: crash" 1500 $python -m pytest tests/crash
suite "tests: parity" 900 $python -m pytest tests/parity
suite "tests: deploy" 600 $python -m pytest tests/deploy
suite "tests: image" 3600 $python -m pytest -rsP tests/image
suite "tests: random frames, HTTP" 900 $python -m pytest tests/fuzz
suite "tests: metrics, alerts" 900 $python -m pytest tests/watch
suite "tests: end to end" 1200 $python -m pytest tests/end_to_end
suite "tests: fault matrix" 900 $python -m pytest tests/faults

printf '\n%s' "$results"
exit $failed
