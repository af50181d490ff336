#!/bin/sh
# Sets up, builds and runs every test; arguments go to ctest.
set -eu
cd "$(dirname "$0")/.."
sh framework/packages.sh test
echo "Building (some minutes the first time) ..." >&2
sh framework/build.sh
cd .build/release
ctest --output-on-failure -j "$(nproc)" -LE long "$@"
