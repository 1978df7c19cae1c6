#!/usr/bin/env bash
# bare_debian_test.sh CPACK BUILD_DIRECTORY: a Debian 12 that has only the package and compilers goes from an empty
# directory to a backend in a result, in each language. Needs root, debootstrap, and the mirror that apt uses here.
here=$(cd "$(dirname "$0")" && pwd)
unset IODYNO_PREFIX
scratch=${TMPDIR-/tmp}  # memory is often mounted so that nothing can be a device there
# shellcheck source=common.sh
source "$here/common.sh"
need debootstrap dpkg-deb dpkg-shlibdeps file
((EUID == 0)) || skip "only root can make a Debian"
# shellcheck disable=SC2016  # apt's own expansion
mirror=$(apt-get indextargets --format '$(SITE)' 'Origin: Debian' 'Release: bookworm' 'Component: main' | sort -u | head -n 1)
[[ $mirror ]] || skip "apt knows no mirror of Debian 12"

root=$work/debian
debootstrap --variant=minbase bookworm "$root" "$mirror" >log 2>&1 || skip "no Debian can be made here: $(tail -n 1 log)"
end() {
  for place in dev/shm proc; do umount "$root/$place" 2>/dev/null || true; done
  mountpoint -q "$root/proc" || rm -rf -- "$work"
}
trap end EXIT
mount -t proc proc "$root/proc"
mount -t tmpfs -o size=1g shm "$root/dev/shm"
cp /etc/resolv.conf "$root/etc/"
apt-config dump | grep -i '^Acquire::.*\(proxy\|CAInfo\|Verify\)' >"$root/etc/apt/apt.conf.d/here" || true

"$1" --config "$2/CPackConfig.cmake" -B out >log 2>&1 || die "$(<log)"
cp out/iodyno_*.deb "$root/root/iodyno.deb"
inside() { chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
install() { inside apt-get --yes --no-install-recommends install "$@" >log 2>&1 || die "$(tail -n 20 log)"; }

inside apt-get update >log 2>&1 || die "$(<log)"
install /root/iodyno.deb
inside iodyno --version
inside sh -c 'cd /root && iodyno run smoke --quick --quiet --out results' | tail -n 4
install g++ cargo
for language in c++ c rust; do
  printf -- '--- %s\n' "$language"
  inside sh -euc "cd /root; iodyno new-backend mine-${language/++/pp} --language $language >commands; sh -eu commands" 2>&1 ||
    die "in $language it does not come to a result"
done
