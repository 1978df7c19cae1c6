#!/usr/bin/env bash
# newer_minor_test.sh IODYNO SOURCE_DIRECTORY: a plugin of a later minor version, with an operation and a flag that we
# don't know and a longer descriptor, works with this host.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
mkdir -p "$work/iodyno"
cd -- "$work"
"$here/later_header.sh" "$2/framework/sdk/include/iodyno/backend.h" >iodyno/backend.h
sed 's/newcomer/later/g; s/\.ops = IODYNO_BIT(IODYNO_OP_READ)/& | IODYNO_BIT(IODYNO_OP_LATER)/
     s/\.open = open_session/.flags = 1u << 20, .later = {1, 2, 3, 4}, &/' \
  "$2/framework/scaffold/c/newcomer.c" >later.c
[[ $(grep -c 'OP_LATER\|\.later = ' later.c) == 2 ]]
cc -std=c11 -O2 -shared -fPIC -I. later.c -o libiodyno-later.so

"$1" describe ./libiodyno-later.so
"$1" check ./libiodyno-later.so --quiet
"$1" run smoke --filter /read/ --backend ./libiodyno-later.so --quiet --out out
grep -q '"smoke/read/backend:later/real_time' out/smoke/results.json
