#!/bin/sh
# compressors.sh [--primed TEXT] [--plot FILE.svg] FILE [METHOD...]: what general compressors and `tandem compress` make of the
# same file, one after the other on one core: two tables in Markdown, of those that have learned nothing before and of those that
# have. "model bytes" is what a decoder needs beside its program: the files that a container names, by their hashes; "with these",
# bits a byte when they are counted once with the file (LMIC's adjusted rate). A METHOD is shipped, or a file .json that describes one; what such a one packs is decoded at once, in the same time. --primed lets zstd
# take TEXT as an earlier edition of the file. Reading TEXT, or what a METHOD reads, is in the time. --plot draws bits against
# speed (compressors_plot.awk). Tools that are not installed are left out (Debian: zpaq p7zip-full brotli zstd xz-utils bzip2).
# Every result is unpacked again and compared. Speeds are of the time on the clock: run it on an idle machine.
set -eu

usage() { echo "usage: compressors.sh [--primed TEXT] [--plot FILE.svg] FILE [METHOD...]" >&2; exit 2; }
primed='' plot=''
while [ $# -gt 1 ]; do
  case $1 in
    --primed) primed=$(realpath "$2") ;;
    --plot) plot=$(realpath "$2") ;;
    *) break ;;
  esac
  shift 2
done
case ${1:--} in -*) usage ;; esac
file=$(realpath "$1")
shift
tandem=${TANDEM:-tandem}
here=$PWD
benchmarks=$(realpath "$(dirname "$0")")
registry=$benchmarks/../registry
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cp "$file" in
size=$(stat -c %s in)

seconds() { # seconds COMMAND...: how long it takes, in $took
  start=$(date +%s%N)
  "$@" >/dev/null 2>&1 || return 1
  took=$(($(date +%s%N) - start))
}

# row NAME PACK UNPACK [MODEL]: PACK makes `packed` of `in`, UNPACK makes `out` of `packed`, MODEL prints what else that takes.
row() {
  echo "$1 ..." >&2
  rm -rf packed out
  seconds sh -c "$2" || { echo "$1 does not pack" >&2; exit 1; }
  pack=$took
  seconds sh -c "$3" || { echo "$1 does not unpack" >&2; exit 1; }
  cmp -s in out || { echo "$1 does not give the file back" >&2; exit 1; }
  model=$(${4:-echo 0}) || exit 1
  stat -c %s packed | awk -v name="$1" -v size="$size" -v pack="$pack" -v unpack="$took" -v model="$model" \
    '{ printf "%s\t%d\t%.4f\t%d\t%.3f\t%.3f\n", name, $1, 8 * $1 / size, model, size / pack * 1e6, size / unpack * 1e6 }' >> rows
}
have() { command -v "$1" >/dev/null; }

# The sizes of the files whose names and hashes stand in the container; $method may have named them by paths of its own.
model_bytes() {
  "$tandem" inspect packed --json | sed -n 's/.*"files":{\([^}]*\)}.*/\1/p' | { grep -o '"[^"]*":"[0-9a-f]\{64\}"' || true; } | tr -d '"' > files
  sum=0
  while IFS= read -r line; do
    name=${line%:*} hash=${line##*:}
    case $name in
      data:*) path=${TANDEM_DATA:-.}/$(sed -n "s|.*\"file\": \"\([^\"]*\)\", \"sha256\": \"$hash\".*|\1|p" "$registry/data.json") ;;
      *:*) path=$registry/$(sed -n "s|^$hash  ||p" "$registry/sha256sums") ;;
      /*) path=$name ;;
      *) path=$(dirname "$method")/$name ;;
    esac
    [ -f "$path" ] || { echo "$name of $method is not found" >&2; return 1; }
    sum=$((sum + $(stat -c %s "$path")))
  done < files
  echo "$sum"
}

row "gzip -9" "gzip -9nc in > packed" "gzip -dc packed > out"
if have bzip2; then row "bzip2 -9" "bzip2 -9c in > packed" "bzip2 -dc packed > out"; fi
if have xz; then row "xz -9e" "xz -9ec in > packed" "xz -dc packed > out"; fi
if have zstd; then row "zstd --ultra -22" "zstd --ultra -22 --single-thread -qc in > packed" "zstd -dqc packed > out"; fi
if have brotli; then row "brotli -q 11 -w 24" "brotli -q 11 -w 24 -c in > packed" "brotli -dc packed > out" "echo 122784"; fi
if have 7z; then
  row "7z PPMd o8" "7z a -m0=PPMd:o=8:mem=256m -mmt=1 x.7z in && mv x.7z packed" "mv in in.7z-keeps && 7z x packed && mv in out && mv in.7z-keeps in"
fi
if have zpaq; then
  row "zpaq -m5" "zpaq a x.zpaq in -m5 -t1 && mv x.zpaq packed" "cp packed x.zpaq && zpaq x x.zpaq in -to out -t1; rm x.zpaq"
fi
if [ -n "$primed" ] && have zstd; then
  ln -s "$primed" primed
  row "zstd --ultra -22 --patch-from" "zstd --ultra -22 --long=31 --single-thread -q --patch-from=primed in -o packed" \
    "zstd -dq --long=31 --patch-from=primed packed -o out" "stat -Lc %s primed"
fi
for method in "$@"; do
  own='' name=$method
  case $method in
    *.json) method=$(cd "$here" && realpath "$method") && own="--method '$method'" && name=$(basename "$method" .json) ;;
  esac
  row "tandem $name" "'$tandem' compress in --method '$method' --threads 1 -o packed" "'$tandem' decompress packed $own --threads 1 -o out" model_bytes
done

# table PRIMED: the rows of those that have learned before, or of the others, brotli among them.
table() {
  awk -F '\t' -v primed="$1" -v size="$size" '
    function thousands(n,   tail) {
      for (n = sprintf("%d", n); length(n) > 3; n = substr(n, 1, length(n) - 3)) tail = "," substr(n, length(n) - 2) tail
      return n tail
    }
    ($4 > 0 && $1 !~ /^brotli/) == primed {
      if (!shown++) print "| method | bytes | bits a byte | model bytes | with these | packs, kB/s | unpacks, kB/s |\n|---|--:|--:|--:|--:|--:|--:|"
      printf "| %s | %s | %.3f | %s | %.3f | %s | %s |\n", $1, thousands($2), $3, thousands($4), $3 + 8 * $4 / size, speed($5), speed($6)
    }
    function speed(kilobytes) { return kilobytes < 10 ? sprintf("%.1f", kilobytes) : thousands(kilobytes + 0.5) }' rows
}
echo "Nothing learned before:"
echo
table 0
if have brotli; then echo && echo "brotli's program holds a dictionary of words and phrases, its model bytes."; fi
learned=$(table 1)
if [ -n "$learned" ]; then printf '\nPrimed:\n\n%s\n' "$learned"; fi
if [ -n "$plot" ]; then awk -v title="$(basename "$file")" -v size="$size" -f "$benchmarks/compressors_plot.awk" rows > "$plot"; fi
