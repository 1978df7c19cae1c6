#!/usr/bin/env bash
# deb_test.sh CPACK BUILD_DIRECTORY: the Debian package has what it must, says what it needs, and works from where it
# is unpacked.
here=$(cd "$(dirname "$0")" && pwd)
unset IODYNO_PREFIX
# shellcheck source=common.sh
source "$here/common.sh"
need dpkg-deb dpkg-shlibdeps file

"$1" --config "$2/CPackConfig.cmake" -B out >log 2>&1 || die "$(<log)"
deb=$(echo out/iodyno_*.deb)
depends=$(dpkg-deb --field "$deb" Depends)
for package in libc6 libstdc++6 libyaml-cpp; do
  [[ $depends == *"$package"* ]] || die "it does not depend on $package: $depends"
done
dpkg-deb --contents "$deb" >contents
awk '$2 != "root/root" || ($1 ~ /^d/ && $1 != "drwxr-xr-x") || $6 !~ /^\.\/(usr\/.*)?$/' contents >odd
[[ ! -s odd ]] || die "owners, modes or places are not as they must be: $(<odd)"

dpkg-deb --extract "$deb" root
iodyno=$work/root/usr/bin/iodyno
prints '^  posix ' "$iodyno" list backends
prints '^5 cases: [0-9]* \(ok\|degraded\)' "$iodyno" run smoke --quick --quiet --backend posix --out results
"$iodyno" new-backend mine >commands
sh -eu commands
[[ -s mine/libiodyno-mine.so ]]
for file in share/man/man1/iodyno.1 share/doc/iodyno/copyright share/doc/iodyno/docs/abi.md \
            share/bash-completion/completions/iodyno; do
  [[ -s root/usr/$file ]] || die "the package has no $file"
done
