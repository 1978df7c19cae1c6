#!/usr/bin/env bash
# Does a run over a million small files stay small itself, and does a read cost what it costs among ten thousand?
# Run by hand: the files take some 5.5 GiB of memory, and all of it a minute or two.
set -euo pipefail

usage() {
  cat <<'END'
usage: tests/benchmark/million_files.sh [--iodyno FILE] [--directory DIR] [--files N]

Reads 10,000 and N files (1,000,000 by default) of 100 bytes with `posix`, in that order and in the other, in a new
directory below DIR (/dev/shm by default), which is removed again. Prints the most memory that the parent and a worker
ever had, and the time per read at both sizes.

Exit status: 1 if the run failed or one of them had more than 128 MiB. The time is told, and never a failure.
END
}

repository=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
iodyno=$repository/build/release/iodyno
directory=/dev/shm
few=10000 many=1000000
limit_bytes=$((128 << 20)) limit_ratio=1.30
while (($# > 0)); do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --iodyno) iodyno=${2-} ;;
    --directory) directory=${2-} ;;
    --files) many=${2-} ;;
    *) usage >&2; exit 2 ;;
  esac
  shift 2 || { usage >&2; exit 2; }
done
if [[ ! $many =~ ^[1-9][0-9]*$ ]] || ((many <= few)); then usage >&2; exit 2; fi

say() { printf 'million_files: %s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }
[[ -x $iodyno ]] || die "$iodyno: no such program; build it, or name one with --iodyno"
[[ -d $directory ]] || die "$directory: not a directory"
[[ $(stat --file-system --format=%T "$directory") == tmpfs ]] || die "$directory: not on tmpfs"

scratch=$(mktemp -d -p "$directory" iodyno-million.XXXXXX)
run_pid=
# iodyno removes its files itself when it is told to end; what it was not given the time for, goes with the directory.
# shellcheck disable=SC2317  # the trap calls it
cleanup() {
  trap '' INT TERM HUP
  if [[ $run_pid ]]; then
    kill -TERM "$run_pid" 2>/dev/null || true
    wait "$run_pid" 2>/dev/null || true
  fi
  rm -rf -- "$scratch"
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir "$scratch/target"

# high_water PID: the most memory that it has had so far, in bytes. Nothing if it has ended.
high_water() {
  sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB$/\1/p' "/proc/$1/status" 2>/dev/null || true
}

# raise NAME KIB: the variable is the largest that it was given.
raise() {
  local -n largest=$1
  if [[ $2 ]] && (($2 * 1024 > largest)); then largest=$(($2 * 1024)); fi
}

parent_bytes=0 child_bytes=0
# run NAME SIZES: a run over the points in this order. Watches the memory of iodyno and of its processes.
run() {
  cat >"$scratch/$1.yaml" <<END
scenario: $1
dataset: {size: 100 B}
phases:
  - {name: read, op: read}
sweep:
  files: [$2]
backends: [posix]
repetitions: 5
END
  "$iodyno" run "$scratch/$1.yaml" --target "$scratch/target" --out "$scratch/out" --quiet \
    >"$scratch/$1.log" 2>&1 &
  run_pid=$!
  local children child status=0
  while kill -0 "$run_pid" 2>/dev/null; do
    raise parent_bytes "$(high_water "$run_pid")"
    children=
    read -r children 2>/dev/null <"/proc/$run_pid/task/$run_pid/children" || true
    for child in $children; do raise child_bytes "$(high_water "$child")"; done
    sleep 0.05
  done
  wait "$run_pid" || status=$?
  run_pid=
  if ((status != 0)); then
    cat "$scratch/$1.log" >&2
    die "the run ended with status $status"
  fi
}

# figures FILTER: what jq's filter says of all samples of both runs.
figures() { cat "$scratch"/out/*/samples.jsonl | jq --slurp --raw-output "$1"; }

# time_per_read FILES: the median in nanoseconds.
time_per_read() {
  figures "[.[] | select(.requests == $1) | .wall_ns / .requests] | sort | .[length / 2 | floor] | round"
}

say "reading $few and $many files in $scratch"
run few-first "$few, $many"
run many-first "$many, $few"
(($(figures '[.[] | select(.error != "")] | length') == 0)) || die "trials failed"

worker_bytes=$(figures '[.[].max_rss_bytes] | max')
((child_bytes > worker_bytes)) && worker_bytes=$child_bytes
few_ns=$(time_per_read "$few") many_ns=$(time_per_read "$many")
status=0

# report_memory WHO BYTES
report_memory() {
  local mark=
  if (($2 > limit_bytes)); then mark=": above the limit" status=1; fi
  printf '%-22s %6.1f MiB, limit 128 MiB%s\n' "$1" "$(jq -n "$2 / 1048576")" "$mark"
}

report_memory parent "$parent_bytes"
report_memory "largest worker" "$worker_bytes"
printf '%-22s %6d ns per read\n' "$few files" "$few_ns" "$many files" "$many_ns"
jq -nr --argjson limit "$limit_ratio" --argjson ratio "$(jq -n "$many_ns / $few_ns")" \
  '"ratio                    \($ratio * 1000 | round / 1000), limit \($limit)" +
   if $ratio > $limit then ": above the limit" else "" end'
exit "$status"
