#!/bin/sh
# Prints what counts in one go: the decoders and the whole chain in frames a second on one thread and two, with the ratio to
# AFF3CT 3.0.2 (built with -march=native, one AVX-512 core, float32, syndrome stop, 50 iterations, 4 dB Eb/N0) where its
# figure is known; the entropy coders in MiB/s; PPM in kB/s.
# usage: table.sh [BUILD-FOLDER]
set -eu
bin=$(cd "${1:-$(dirname "$0")/../.build/release}" && pwd)/bin

"$bin/bench-chain" --benchmark_min_time=0.3 --benchmark_format=csv 2>/dev/null | awk -F, '
  BEGIN {
    peer["array-49-24/sum-product/flooding"] = 262000; peer["array-49-24/min-sum/flooding"] = 1210000
    peer["array-49-24/min-sum/layered"] = 1840000
    printf "%-42s %7s %13s %14s %7s %15s\n", "frames a second", "threads", "whole chain", "decoder alone", "ratio", "decoder/AFF3CT"
  }
  /^"/ {
    gsub(/"/, ""); name = $1
    threads = name; sub(/.*threads:/, "", threads); sub(/\/real_time.*/, "", name)
    what = name; sub(/.*\//, "", what); sub(/\/[^\/]*$/, "", name)
    rate[name, threads, what] = $NF
    if (what == "decoder") {
      p = threads == 1 ? peer[name] : 0; d = rate[name, threads, "decoder"]; c = rate[name, threads, "chain"]
      printf "%-42s %7d %13.0f %14.0f %7.2f %15s\n", name, threads, c, d, c / d, p ? sprintf("%.2f", d / p) : "-"
    }
  }'

echo
"$bin/bench-coders" --benchmark_min_time=0.3 --benchmark_format=csv 2>/dev/null | awk -F, '
  BEGIN { printf "%-42s %13s\n", "entropy coders, 256 symbols", "MiB/s" }
  /^"/ { gsub(/"/, ""); printf "%-42s %13.1f\n", $1, $6 / 1048576 }'

echo
"$bin/bench-models" --benchmark_filter=ppm 2>/dev/null | awk '
  BEGIN { printf "%-42s %13s\n", "ppm, primed with so many kB of text", "bytes/s" }
  match($0, /bytes_per_second=[^ ]*/) { printf "%-42s %13s\n", $1, substr($0, RSTART + 17, RLENGTH - 17) }'
