#!/usr/bin/env bash
# kept_test.sh IODYNO PLUGIN: a plugin that was compiled long ago conforms, and is measured with all that it can do.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cp -- "$2" "$work"  # ours, whoever has checked out the tree: root loads no plugin of others
cd -- "$work"
plugin=$PWD/${2##*/}
"$1" check "$plugin" --quiet --timeout 2min
"$1" run smoke --backend old="$plugin" --quiet --out out
phases=read
[[ $2 != *-posix.so ]] || phases="create read update read-block delete"
for phase in $phases; do
  grep -q "\"smoke/$phase/backend:old/real_time" out/smoke/results.json || { echo "no figures of $phase"; exit 1; }
done
