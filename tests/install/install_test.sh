#!/usr/bin/env bash
# install_test.sh CMAKE BUILD_DIRECTORY COMPILER BACKEND_SOURCE
set -euo pipefail
cmake=$1 build=$2 compiler=$3 source=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$cmake" --install "$build" --prefix "$work/prefix" >/dev/null
iodyno=$work/prefix/bin/iodyno
cd "$work"

"$iodyno" --version
"$iodyno" list backends | grep -q '^  posix '
"$iodyno" list scenarios | grep -q '^  smoke '
"$iodyno" run smoke --backend null --quiet --out out >/dev/null
test -s out/smoke/results.json

"$compiler" -std=c++20 -O2 -Wall -Wextra -Werror -fPIC -shared -pthread \
  -I"$work/prefix/include" -o libiodyno-sleeper.so "$source"
"$iodyno" describe ./libiodyno-sleeper.so | grep -q 'a time from 0 ns to 1 s; default 1 us'
"$iodyno" run smoke --backend-path "$work" --backend sleeper:nap=2us --filter create --quiet --out out >/dev/null
grep -q 'smoke/create/backend:sleeper/real_time' out/smoke/results.json
echo "installed: program, backends, scenarios and headers work by themselves"
