#!/bin/sh
# Fuzzes every parser of market_data for FUZZ_SECONDS each (default 60): cargo-fuzz where nightly Rust is there, else the
# seeded mutator on stable Rust, so long. Then the parsers of OCaml and Python by their own seeded runs.
# usage: fuzz.sh [TARGET...]
set -eu
cd "$(dirname "$0")/.."
seconds=${FUZZ_SECONDS:-60}
built="$PWD/.build/fuzz"
targets=${*:-$(sed -n 's/^name = "\([a-z_]*\)"$/\1/p' market_data/fuzz/Cargo.toml)}
mkdir -p "$built"

if rustup run nightly rustc --version >/dev/null 2>&1; then
  if [ ! -x "$built/bin/cargo-fuzz" ]; then
    echo "==> cargo-fuzz into .build/fuzz (once: a minute or two)"
    cargo install cargo-fuzz --locked --quiet --root "$built"
  fi
  (cd market_data && cargo run --quiet --locked -p outside_bytes --example corpus -- "$built/corpus")
  failed=0
  count=0
  total=$(echo "$targets" | wc -w)
  for target in $targets; do
    count=$((count + 1))
    echo "==> $target ($count of $total): $seconds s; still $(((total - count + 1) * seconds)) s to go"
    outcome=held
    log="$built/$target.log"
    PATH="$built/bin:$PATH" cargo +nightly fuzz run --fuzz-dir market_data/fuzz --target-dir "$built/target" "$target" \
      "$built/corpus/$target" -- -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=16384 \
      -artifact_prefix="$built/" -print_final_stats=1 >"$log" 2>&1 || outcome=failed
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    .venv/bin/python tests/reliability/fuzz_line.py "$target" "$outcome" "${runs:-0}" "$seconds"
    echo "    ${runs:-0} runs: $outcome"
    [ "$outcome" = held ] || { failed=1 && tail -n 30 "$log"; }
  done
  [ $failed = 0 ] || { echo "keep the bytes as a row: market_data/outside_bytes/crashers/TARGET/" >&2 && exit 1; }
else
  echo "==> nightly Rust is not here (rustup toolchain install nightly): the seeded mutator on stable Rust instead"
  (cd market_data && FUZZ_SECONDS="$seconds" cargo test --locked --release -p outside_bytes -- --nocapture)
fi
