#!/usr/bin/env bash
# kept_test.sh IODYNO PLUGIN: a plugin that was compiled long ago conforms, and is measured.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cp -- "$2" "$work"  # ours, whoever has checked out the tree: root loads no plugin of others
cd -- "$work"
plugin=$PWD/${2##*/}
"$1" check "$plugin" --quiet --timeout 2min
"$1" run smoke --filter /read/ --backend old="$plugin" --quiet --out out
grep -q '"smoke/read/backend:old/real_time' out/smoke/results.json
