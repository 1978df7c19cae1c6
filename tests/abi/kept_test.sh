#!/usr/bin/env bash
# kept_test.sh IODYNO PLUGIN: a plugin that was compiled long ago conforms, and is measured.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd -- "$work"
"$1" check "$2" --quiet --timeout 2min
"$1" run smoke --filter /read/ --backend old="$2" --quiet --out out
grep -q '"smoke/read/backend:old/real_time' out/smoke/results.json
