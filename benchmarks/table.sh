#!/bin/sh
# Prints one table of the decoders and the whole chain in frames a second, and the ratio to AFF3CT 3.0.2 (built with
# -march=native, one AVX-512 core, float32, syndrome stop, 50 iterations, 4 dB Eb/N0) where its figure is known.
# usage: table.sh [BUILD-FOLDER]
set -eu
bin=$(cd "${1:-$(dirname "$0")/../.build/release}" && pwd)/bin
"$bin/bench-chain" --benchmark_min_time=0.5 --benchmark_format=csv 2>/dev/null | awk -F, '
  BEGIN {
    peer["array-49-24/sum-product/flooding"] = 262000; peer["array-49-24/min-sum/flooding"] = 1210000
    peer["array-49-24/min-sum/layered"] = 1840000
    printf "%-36s %14s %14s %8s %14s %9s\n", "link", "chain", "decoder alone", "ratio", "AFF3CT decoder", "to AFF3CT"
  }
  /^"/ {
    gsub(/"/, ""); name = $1; what = name
    sub(/.*\//, "", what); sub(/\/[^\/]*$/, "", name)
    rate[name, what] = $NF
    if (what == "decoder") {
      p = peer[name]
      printf "%-36s %14.0f %14.0f %8.2f %14s %9s\n", name, rate[name, "chain"], rate[name, "decoder"], \
        rate[name, "chain"] / rate[name, "decoder"], p ? p : "-", p ? sprintf("%.2f", rate[name, "decoder"] / p) : "-"
    }
  }'
