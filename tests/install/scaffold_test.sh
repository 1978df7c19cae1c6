#!/usr/bin/env bash
# scaffold_test.sh LANGUAGE: from an empty directory to a row in a result, with just the commands that are printed;
# then what else the project's README.md says.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=common.sh
source "$here/common.sh"
language=$1
name=first-${language/++/pp}_1
[[ $language != rust ]] || need cargo

# The headers where no compiler looks by itself: the commands must say where.
unset CPATH CMAKE_PREFIX_PATH
mkdir 'an empty directory'
cd 'an empty directory'
iodyno new-backend "$name" --language "$language" >../commands
[[ $(wc -l <../commands) == 4 ]] || die "these are not cd and three commands: $(<../commands)"
sh -eu ../commands >../said || die "$(<../said)"
tail -n 25 ../said
grep -q "small-files/read/backend:$name/" "$name/results/small-files/latest/results.json" || die "no row of it"

cd "$name"
awk '/^```sh$/ { inside = ++block; next } /^```$/ { inside = 0 } inside == 2' README.md >../more
library=libiodyno-$name.so
if [[ -s ../more ]]; then
  need cmake
  sh -eu ../more
  library=build/libiodyno-$name.so
  trap 'rm -rf -- "$work" "$IODYNO_LIBRARIES/iodyno/${library#*/}"' EXIT
  cmake --install build >/dev/null
  prints "^  $name " iodyno list backends
fi
# What was made meanwhile is not to be committed; all that is to be is.
if has git; then
  git init -q .
  made=$(git status --porcelain --untracked-files=all | grep -vE ' (\.gitignore|Cargo\.(lock|toml)|CMakeLists\.txt|README\.md)$' || true)
  case $language in
    rust) sources=$'?? src/iodyno.rs\n?? src/lib.rs' ;;
    *) sources="?? $name.${language/++/pp}" ;;
  esac
  [[ $made == "$sources" ]] || die "git would take $made"
fi
if has nm; then
  exported=$(nm -D --defined-only "$library" | awk '{ print $3 }')
  [[ $exported == iodyno_backend_entry ]] || die "$library exports $exported"
fi
