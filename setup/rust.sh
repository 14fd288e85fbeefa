#!/bin/sh
# Makes sure that cargo is there and new enough; installs it with rustup where it is absent. usage: rust.sh run|dev
set -eu
manifest=$(dirname "$0")/../market_data/Cargo.toml
minimum=$(sed -n 's/^rust-version = "\([0-9.]*\)".*/\1/p' "$manifest")

if ! command -v cargo >/dev/null; then
  echo "==> Rust, by rustup (https://rustup.rs), into ${CARGO_HOME:-$HOME/.cargo}"
  installer=$(mktemp)
  trap 'rm -f "$installer"' EXIT
  curl --proto '=https' --tlsv1.2 -sSf --retry 3 --max-time 120 https://sh.rustup.rs -o "$installer" || {
    echo "error: rustup's installer cannot be fetched. Install Rust $minimum or newer another way, then run make again." >&2
    exit 1
  }
  sh "$installer" -y -q --no-modify-path --profile minimal </dev/null
fi

found=$(cargo --version | sed 's/^cargo \([0-9.]*\).*/\1/')
oldest=$(printf '%s\n%s\n' "$minimum" "$found" | sort -V | head -n 1)
if [ "$oldest" != "$minimum" ]; then
  echo "error: cargo $found is older than $minimum. Run \`rustup update\`, or remove this cargo ($(command -v cargo)) and run make again." >&2
  exit 1
fi

[ "$1" = dev ] || exit 0
for component in rustfmt clippy; do
  case $component in rustfmt) tool=cargo-fmt ;; *) tool=cargo-clippy ;; esac
  command -v $tool >/dev/null && $tool --version >/dev/null 2>&1 && continue
  command -v rustup >/dev/null || {
    echo "error: $tool is missing and there is no rustup to add it. Install $component for cargo $found." >&2
    exit 1
  }
  rustup component add $component
done
