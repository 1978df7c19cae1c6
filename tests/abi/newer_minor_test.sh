#!/usr/bin/env bash
# newer_minor_test.sh IODYNO SOURCE_DIRECTORY: plugins of the next minor version and of one far away, 99, with an operation
# and a flag that we don't know, a longer descriptor and longer rows of options, work with this host.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
mkdir -p "$work/iodyno"
cd -- "$work"
for minor in '' 99; do
  "$here/later_header.sh" "$2/framework/sdk/include/iodyno/backend.h" "$minor" >iodyno/backend.h
  sed 's/newcomer/later/g; s/\.ops = IODYNO_BIT(IODYNO_OP_READ)/& | IODYNO_BIT(IODYNO_OP_LATER)/
       s/\.open = open_session/.flags = 1u << 20, .later = {1, 2, 3, 4}, .option_count = 2, .options = rows,\n    .option_size = sizeof rows[0], &/
       s/^static const iodyno_backend backend = /static const iodyno_option rows[2] = {\n    {.name = "one", .doc = "The first.", .type = IODYNO_BOOL, .later = {5}},\n    {.name = "two", .doc = "The second.", .type = IODYNO_BOOL, .later = {6}}};\n\n&/' \
    "$2/framework/scaffold/c/newcomer.c" >later.c
  [[ $(grep -c 'OP_LATER\|\.later = ' later.c) == 4 ]]
  cc -std=c11 -O2 -shared -fPIC -I. later.c -o libiodyno-later.so

  "$1" describe ./libiodyno-later.so --json >described
  [[ ! $minor ]] || grep -q "\"1.$minor\"" described
  grep -q '"two"' described
  "$1" check ./libiodyno-later.so --quiet
  "$1" run smoke --filter /read/ --backend ./libiodyno-later.so:two=true --quiet --out "out$minor"
  grep -q '"smoke/read/backend:later/real_time' "out$minor/smoke/results.json"
done
