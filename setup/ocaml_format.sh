#!/bin/sh
# Checks that ocp-indent would change no OCaml source; names each file that it would, and the command that mends it.
set -eu
cd "$(dirname "$0")/../core_risk"
wrong=0
for source in $(git ls-files -- '*.ml' '*.mli'); do
  if ! ocp-indent "$source" | cmp -s - "$source"; then
    echo "core_risk/$source: indentation; run: (cd core_risk && ocp-indent -i $source)" >&2
    wrong=1
  fi
done
exit $wrong
