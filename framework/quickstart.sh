#!/bin/sh
# Sets up, builds and runs the main job: three ways to send sentences over one noisy channel.
set -eu
cd "$(dirname "$0")/.."
sh framework/packages.sh run
echo "Building (some minutes the first time) ..." >&2
sh framework/build.sh --target tandem-all
tandem=.build/release/bin/tandem
"$tandem" run configs/quickstart.json --out runs/quickstart
echo
"$tandem" transmit configs/quickstart.json "The last ferry leaves the island at six, and nobody wants to miss it." --point unified_snr_db=1
echo
echo "Every figure with its interval: runs/quickstart/results.csv"
echo "The report: $("$tandem" report runs/quickstart)"
