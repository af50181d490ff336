#!/bin/sh
# compressors.sh FILE [METHOD...]: what general compressors and `tandem compress` make of the same file, one after the other on
# one core: a table in Markdown. Tools that are not installed are left out (Debian: zpaq p7zip-full brotli zstd xz-utils bzip2).
# Every result is unpacked again and compared. Speeds are of the time on the clock: run it on an idle machine.
set -eu

[ $# -gt 0 ] || { echo "usage: compressors.sh FILE [METHOD...]" >&2; exit 2; }
file=$(realpath "$1")
shift
tandem=${TANDEM:-tandem}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cp "$file" in
size=$(stat -c %s in)

seconds() { # seconds COMMAND...: how long it takes, in $took
  start=$(date +%s%N)
  "$@" >/dev/null 2>&1
  took=$(($(date +%s%N) - start))
}

# row NAME PACK UNPACK: PACK makes `packed` of `in`, UNPACK makes `out` of `packed`.
row() {
  rm -rf packed out
  seconds sh -c "$2"
  pack=$took
  seconds sh -c "$3"
  cmp -s in out || { echo "$1 does not give the file back" >&2; exit 1; }
  stat -c %s packed | awk -v name="$1" -v size="$size" -v pack="$pack" -v unpack="$took" \
    '{ printf "| %s | %d | %.3f | %.0f | %.0f |\n", name, $1, 8 * $1 / size, size / pack * 1e6, size / unpack * 1e6 }'
}
have() { command -v "$1" >/dev/null; }

echo "| method | bytes | bits a byte | packs, kB/s | unpacks, kB/s |"
echo "|---|--:|--:|--:|--:|"
row "gzip -9" "gzip -9nc in > packed" "gzip -dc packed > out"
if have bzip2; then row "bzip2 -9" "bzip2 -9c in > packed" "bzip2 -dc packed > out"; fi
if have xz; then row "xz -9e" "xz -9ec in > packed" "xz -dc packed > out"; fi
if have zstd; then row "zstd --ultra -22" "zstd --ultra -22 --single-thread -qc in > packed" "zstd -dqc packed > out"; fi
if have brotli; then row "brotli -q 11 -w 24" "brotli -q 11 -w 24 -c in > packed" "brotli -dc packed > out"; fi
if have 7z; then
  row "7z PPMd o8" "7z a -m0=PPMd:o=8:mem=256m -mmt=1 x.7z in && mv x.7z packed" "mv in in.7z-keeps && 7z x packed && mv in out && mv in.7z-keeps in"
fi
if have zpaq; then
  row "zpaq -m5" "zpaq a x.zpaq in -m5 -t1 && mv x.zpaq packed" "cp packed x.zpaq && zpaq x x.zpaq in -to out -t1; rm x.zpaq"
fi
for method in "$@"; do
  row "tandem $method" "'$tandem' compress in --method '$method' --threads 1 -o packed" "'$tandem' decompress packed --threads 1 -o out"
done
