#!/bin/sh
# build.sh TARGET...: configures and builds the release tree, one progress line; the log is kept for failures.
set -eu
cd "$(dirname "$0")/.."
log=.build/release.log
mkdir -p .build
cmake --preset release >"$log" 2>&1 || { tail -n 20 "$log" >&2; echo "The configuration failed; the whole log is in $log" >&2; exit 1; }
if [ -t 2 ]; then
  NINJA_STATUS="[%f/%t] " cmake --build --preset release "$@" 2>&1 | tee -a "$log" | while IFS= read -r line; do
    case "$line" in "["*) printf '\r\033[K%.100s' "$line" >&2 ;; esac
  done
  printf '\r\033[K' >&2
  cmake --build --preset release "$@" >>"$log" 2>&1 || { tail -n 30 "$log" >&2; echo "The build failed; the whole log is in $log" >&2; exit 1; }
else
  cmake --build --preset release "$@" >>"$log" 2>&1 || { grep -E -A 20 'error|FAILED' "$log" | head -n 60 >&2; echo "The build failed; the whole log is in $log" >&2; exit 1; }
fi
