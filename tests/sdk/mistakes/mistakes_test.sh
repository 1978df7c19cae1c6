#!/usr/bin/env bash
# mistakes_test.sh COMPILER INCLUDE_DIRECTORY: each mistake of mistakes.cpp is one error, in the words beside it; and
# without a mistake there is none.
set -euo pipefail
export LC_ALL=C  # "error: " is what is counted
source=$(dirname "$0")/mistakes.cpp
compile() { "$1" -std=c++20 -fsyntax-only -I"$2" -DMISTAKE="$3" "$source" 2>&1; }

compile "$1" "$2" 0 || { echo "it does not compile without a mistake"; exit 1; }
failed=0 count=0
while IFS=: read -r number words; do
  count=$((count + 1))
  if said=$(compile "$1" "$2" "$number"); then
    echo "mistake $number: compiles"
    failed=1
    continue
  fi
  errors=$(grep -c 'error: ' <<<"$said") || true
  if [[ $errors != 1 || $said != *"$words"* ]]; then
    printf 'mistake %d: expected one error, "%s", came %d:\n%s\n' "$number" "$words" "$errors" "$said"
    failed=1
  fi
done < <(sed -n 's|^#.*MISTAKE [!=]= \([0-9]*\)  *// |\1:|p' "$source")
[[ $count == 15 ]] || { echo "found $count mistakes instead of 15"; exit 1; }
exit $failed
