#!/usr/bin/env bash
# The program finds its backends and scenarios, and a backend builds against the installed headers alone.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=common.sh
source "$here/common.sh"

iodyno --version
prints '^  posix ' iodyno list backends
prints '^  smoke ' iodyno list scenarios
iodyno run smoke --backend null --quiet --out out >/dev/null
test -s out/smoke/results.json

c++ -std=c++20 -O2 -Wall -Wextra -Werror -fPIC -shared -pthread -o libiodyno-sleeper.so "$here/sleeper.cpp"
prints 'a time from 0 ns to 1 s; default 1 us' iodyno describe ./libiodyno-sleeper.so
iodyno run smoke --backend-path "$work" --backend sleeper:nap=2us --filter create --quiet --out out >/dev/null
grep -q 'smoke/create/backend:sleeper/real_time' out/smoke/results.json
