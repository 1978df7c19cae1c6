#!/usr/bin/env bash
# install_test.sh CMAKE GENERATOR BUILD_DIRECTORY C_COMPILER C++_COMPILER
set -euo pipefail
cmake=$1 generator=$2 build=$3 c_compiler=$4 compiler=$5
here=$(cd "$(dirname "$0")" && pwd)
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
  -I"$work/prefix/include" -o libiodyno-sleeper.so "$here/sleeper.cpp"
"$iodyno" describe ./libiodyno-sleeper.so | grep -q 'a time from 0 ns to 1 s; default 1 us'
"$iodyno" run smoke --backend-path "$work" --backend sleeper:nap=2us --filter create --quiet --out out >/dev/null
grep -q 'smoke/create/backend:sleeper/real_time' out/smoke/results.json
# The examples of docs/writing-a-backend.md: the page has the text that is built here.
page=$(<"$here/../../docs/writing-a-backend.md")
for file in whole.cpp whole.c CMakeLists.txt; do
  [[ $page == *"$(<"$here/backend/$file")"* ]] || { echo "docs/writing-a-backend.md has another $file" >&2; exit 1; }
done
cp -r "$here/backend" whole
"$cmake" -S whole -B whole/build -G "$generator" -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER="$compiler" \
  -DCMAKE_PREFIX_PATH="$work/prefix" >/dev/null
"$cmake" --build whole/build >/dev/null
"$c_compiler" -std=c11 -O2 -Wall -Wextra -Werror -fPIC -shared \
  -I"$work/prefix/include" -o whole/build/libiodyno-whole-c.so whole/whole.c
for name in whole whole-c; do
  "$iodyno" check ./whole/build/libiodyno-$name.so --quiet \
    --filter '^read/(sizes|untimed|unknown|too-short|refusals)|^(deadline|pace|stamps|option|session)/'
done
"$iodyno" run smoke --backend ./whole/build/libiodyno-whole.so --backend ./whole/build/libiodyno-whole-c.so \
  --filter read --quiet --out out >/dev/null
grep -q 'smoke/read/backend:whole-c/real_time' out/smoke/results.json
echo "installed: program, backends, scenarios and headers work by themselves"
