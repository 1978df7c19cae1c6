#!/usr/bin/env bash
# What others find of the package: pkg-config, CMake, man, and the shells' completion.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=common.sh
source "$here/common.sh"

if has pkg-config; then
  same() { [[ $1 -ef $2 ]] || die "$1 is not $2"; }
  read -r include < <(CPATH='' pkg-config --cflags iodyno)
  same "${include#-I}" "$IODYNO_PREFIX/include"
  same "$(pkg-config --variable=plugindir iodyno)" "$IODYNO_LIBRARIES/iodyno"
  [[ "iodyno $(pkg-config --modversion iodyno)" == "$(iodyno --version)" ]] || die "iodyno.pc has another version"
fi

mkdir versions
for wanted in 0.1 99; do
  cat >versions/CMakeLists.txt <<END
cmake_minimum_required(VERSION 3.21)
project(versions LANGUAGES C)
find_package(iodyno $wanted)
file(WRITE found-$wanted "\${iodyno_FOUND}")
END
  cmake -S versions -B "build-$wanted" >/dev/null 2>&1
done
[[ $(<versions/found-0.1) == 1 && $(<versions/found-99) == 0 ]] || die "CMake takes the package for another version"

if has groff; then
  groff -man -ww -Tutf8 -P-cbou "$IODYNO_PREFIX/share/man/man1/iodyno.1" 2>complaints >page
  [[ ! -s complaints ]] || die "the manual page: $(<complaints)"
  grep -q 'iodyno run' page
fi

# complete WORD...: what the last one could become.
# shellcheck disable=SC2034  # COMP_WORDS and COMP_CWORD are what the shell sets
complete_words() {
  # shellcheck source=/dev/null
  source "$IODYNO_PREFIX/share/bash-completion/completions/iodyno"
  COMP_WORDS=(iodyno "$@") COMP_CWORD=$# COMPREPLY=()
  _iodyno iodyno
  printf '%s\n' "${COMPREPLY[@]}"
}
becomes() {
  local wanted=$1 could
  shift
  could=$(complete_words "$@")
  grep -qx -- "$wanted" <<<"$could" || die "iodyno $*<Tab> does not offer $wanted, but $could"
}
mkdir "a directory"
becomes validate va
becomes --version --v
becomes small-files run small
becomes --backend run --ba
becomes posix run smoke --backend po
becomes posix check po
becomes gobench export --format go
becomes scenarios list sc
becomes rust new-backend mine --language r
becomes 'a directory' run --target a
[[ ! $(complete_words run --seed '') ]] || die "there is nothing to offer for a number"
