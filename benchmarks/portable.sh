#!/bin/sh
# portable.sh METHOD FILE...: files are packed with AVX-512 and one thread and unpacked without it, with other
# functions of the C library, and with two, and the other way.
# What is packed must be the same bytes either way, and what is unpacked the file. A table in Markdown with the times, which are
# of the clock: seconds of one thread with AVX-512, and of two without.
set -eu

[ $# -gt 1 ] || { echo "usage: portable.sh METHOD FILE..." >&2; exit 2; }
grep -q avx512 /proc/cpuinfo || { echo "this processor has no AVX-512" >&2; exit 1; }
method=$1
shift
tandem=${TANDEM:-tandem}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

seconds() { # seconds COMMAND...: how long it takes, in $took
  start=$(date +%s%N)
  "$@" >/dev/null 2>&1 || { echo "$* failed" >&2; exit 1; }
  took=$(awk -v ns=$(($(date +%s%N) - start)) 'BEGIN { printf "%.1f", ns / 1e9 }')
}
other_libm=glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-AVX512DQ,-AVX512CD,-AVX2,-FMA,-FMA4
wide() { seconds "$tandem" "$@" --threads 1; }
narrow() { seconds env TANDEM_SIMD=avx2 GLIBC_TUNABLES="$other_libm" "$tandem" "$@" --threads 2; }
same() { cmp -s "$1" "$2" || { echo "$3" >&2; exit 1; }; }

echo "| $method | bytes | packed | packs, AVX-512 | packs, AVX2 | unpacks, AVX2 | unpacks, AVX-512 |"
echo "|---|--:|--:|--:|--:|--:|--:|"
for file in "$@"; do
  wide compress "$file" --method "$method" -f -o "$folder/wide"
  packs=$took
  narrow compress "$file" --method "$method" -f -o "$folder/narrow"
  packs="$packs | $took"
  same "$folder/wide" "$folder/narrow" "$file: packed to other bytes without AVX-512"
  narrow decompress "$folder/wide" -f -o "$folder/out"
  unpacks=$took
  same "$file" "$folder/out" "$file: does not come back without AVX-512"
  wide decompress "$folder/narrow" -f -o "$folder/out"
  same "$file" "$folder/out" "$file: does not come back with AVX-512"
  echo "| $(basename "$file") | $(stat -c %s "$file") | $(stat -c %s "$folder/wide") | $packs | $unpacks | $took |"
done
