#!/bin/sh
# The published comparison of separate coding with joint systems: figures 17a, 17b, 17c and 19, each with its estimate at
# first and a report in the end. What is added goes to `tandem plan` and `tandem run`, such as --set stop.frames=80. Nothing is
# computed twice: after an interruption the same command goes on.
set -eu
cd "$(dirname "$0")/.."
sh framework/packages.sh run
sh framework/build.sh --target tandem-all
tandem=.build/release/bin/tandem
figures="figure-17a figure-17b figure-17c figure-19"
for figure in $figures; do
  echo "$figure" >&2
  "$tandem" plan "configs/$figure.json" "$@" --out "runs/$figure" > /dev/null
done
for figure in $figures; do
  "$tandem" run "configs/$figure.json" "$@" --out "runs/$figure"
  "$tandem" report "runs/$figure"
done
