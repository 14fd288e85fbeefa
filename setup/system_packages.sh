#!/bin/sh
# Installs what setup/packages.txt lists and this machine lacks. usage: system_packages.sh run|dev
set -eu
wanted=$1
list=$(dirname "$0")/packages.txt

missing=""
while read -r group package probe; do
  case "$group" in
    "" | "#"*) continue ;;
    dev) [ "$wanted" = dev ] || continue ;;
  esac
  sh -c "$probe" >/dev/null 2>&1 </dev/null || missing="$missing $package"
done <"$list"
[ -n "$missing" ] || exit 0

echo "==> System packages to install:$missing"
if ! command -v apt-get >/dev/null; then
  echo "error: this system has no apt-get. Install what these Debian packages hold, then run make again:$missing" >&2
  exit 1
fi
if [ "$(id -u)" = 0 ]; then
  as_root=""
elif command -v sudo >/dev/null; then
  as_root="sudo"
else
  echo "error: neither root nor sudo. As root, run: apt-get install$missing" >&2
  exit 1
fi
# shellcheck disable=SC2086 # both are lists of words
$as_root apt-get update -q </dev/null
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing </dev/null

while read -r group package probe; do
  case " $missing " in *" $package "*) ;; *) continue ;; esac
  if ! sh -c "$probe" >/dev/null 2>&1 </dev/null; then
    echo "error: $package is installed, yet \`$probe\` fails. Is another version earlier in PATH?" >&2
    exit 1
  fi
done <"$list"
