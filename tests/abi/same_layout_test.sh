#!/usr/bin/env bash
# same_layout_test.sh SOURCE_DIRECTORY: against each header that is kept, ours has at most grown, says abidiff (Debian:
# abigail-tools).
set -euo pipefail
command -v abidiff >/dev/null || { echo "skipped: abidiff is not installed"; exit 77; }
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd -- "$work"

# types NAME HEADER: the library NAME.so, which has all types of HEADER in its debug information, and NAME.numbers, the
# constants: those of an enum without a name are of no type.
types() {
  grep -oE 'IODYNO_[A-Z0-9_]+ = -?[0-9]+' "$2" | grep -v IODYNO_OP_COUNT | sort >"$1.numbers"
  printf '#include "%s"
    const iodyno_backend* iodyno_backend_entry(void) { return 0; }
    int all(iodyno_backend* b, enum iodyno_op o, enum iodyno_type t, enum iodyno_expect e, iodyno_config* c,
            iodyno_batch* r, iodyno_error* f) { return b && o && t && e && c && r && f; }\n' "$2" >types.c
  cc -g -std=c11 -shared -fPIC types.c -o "$1.so"
}
# fits OLD NEW: growth is all that abidiff reports: members at the end of the structs that may grow, more enumerators.
never="offset changed|name changed|deletion|Removed|(was|were) (added|removed)"
never+="|enumerator change|'struct iodyno_(request|completion|error)' .*changed|'union .*changed"
fits() {
  local status=0
  abidiff --no-show-locs "$1.so" "$2.so" >report || status=$?
  ((status == 0 || status == 4)) || { cat report; return 1; }
  # The number of operations may change, and the summary counts what was removed.
  sed '/ summary: 0 Removed/d; /1 enumerator change:/{N; /IODYNO_OP_COUNT/d}' report >rest
  comm -23 "$1.numbers" "$2.numbers" >rest.numbers
  ! grep -E "$never" rest && ! grep . rest.numbers
}

ours=$1/framework/sdk/include/iodyno/backend.h
types ours "$ours"
for kept in "$here"/1.*/backend.h; do
  types kept "$kept"
  fits kept ours || { echo "what was compiled with $kept does not fit"; exit 1; }
done

# Would it show? Growth must pass, and a field of another size must not.
"$here/later_header.sh" "$ours" >later.h
types later "$work/later.h"
fits ours later
for mistake in 's/uint32_t expect;/uint64_t expect;/' 's/IODYNO_OP_READ = 1/IODYNO_OP_READ = 99/' 's/^  uint32_t max_batch;//' \
               's/uint32_t count;/uint32_t more, count;/' 's/^} iodyno_request;/uint64_t more; &/' \
               's/  double r;/  float r;/' 's/IODYNO_UNTIMED = 1/IODYNO_UNTIMED = 16/'; do
  sed "$mistake" "$ours" >broken.h
  ! cmp -s "$ours" broken.h || { echo "$mistake changes nothing"; exit 1; }
  sed -i 's/_Static_assert(what, #what)/extern int not_pinned/' broken.h
  types broken "$work/broken.h"
  ! fits ours broken >/dev/null || { echo "no difference is seen after $mistake"; exit 1; }
done
