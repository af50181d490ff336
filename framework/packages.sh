#!/bin/sh
# packages.sh run|test|bench: installs what that set needs on Debian 12. The one list of packages.
set -eu

# What the command and the plugins are built from, and why.
run="g++ cmake ninja-build ccache
  libboost1.74-dev          # Boost.DLL loads plugins; Boost.Math gives intervals
  nlohmann-json3-dev        # configs and manifests
  libfmt-dev                # text
  libcli11-dev              # the command line
  libhwy-dev                # SIMD with run-time dispatch
  libsqlite3-dev            # results
  libzstd-dev               # columns of per-frame values
  libmd-dev                 # SHA-256
  zlib1g-dev libbz2-dev libbrotli-dev  # general compressors, for ranks"
test="libgtest-dev libgmock-dev binutils git pkgconf
  libtorch-dev              # what trains language models
  libopenblas0-openmp       # its matrix products, on as many threads as it is told
  doxygen                   # the reference of the SDK, from its headers: 6 MB to fetch, 21 MB installed
  python3                   # executables as components: the tests' and the examples' are scripts (python3-numpy is optional)"
bench="libbenchmark-dev"

plain() { printf '%s\n' "$1" | sed 's/#.*//' | tr '\n' ' '; }
case "${1:-}" in
  run) wanted=$(plain "$run") ;;
  test) wanted="$(plain "$run") $(plain "$test")" ;;
  bench) wanted="$(plain "$run") $(plain "$bench")" ;;
  *) echo "usage: packages.sh run|test|bench" >&2; exit 2 ;;
esac

missing=""
for package in $wanted; do
  state=$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null || true)
  case "$state" in ii*) ;; *) missing="$missing $package" ;; esac
done
[ -n "$missing" ] || exit 0

echo "Installing with apt-get:$missing" >&2
root=""
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "These packages are missing and need root to install:$missing" >&2; exit 1; }
  root=sudo
fi
log=$(mktemp)
if ! { $root apt-get update && $root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
  tail -n 5 "$log" >&2
  echo "apt-get could not install:$missing" >&2
  exit 1
fi
rm -f "$log"
