# shellcheck shell=bash
# What the tests of the installation share; sourced by them. IODYNO_PREFIX is where install.stage has installed.
set -euo pipefail

# can_hold DIRECTORY: whether files can be made there, and programs run.
can_hold() {
  local try status=0
  try=$(mktemp -p "$1" 2>/dev/null) || return 1
  { cp "$(type -P true)" "$try" && chmod +x "$try" && "$try"; } 2>/dev/null || status=1
  rm -f -- "$try"
  return "$status"
}
# In memory where that will do: on a disk that others work on, too, seconds become minutes.
scratch=${scratch-/dev/shm}
can_hold "$scratch" || scratch=${TMPDIR-/tmp}
work=$(mktemp -d -p "$scratch")
trap 'rm -rf -- "$work"' EXIT

die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }
skip() { printf 'skipped: %s\n' "$*"; exit 77; }
has() { command -v "$1" >/dev/null; }
# prints PATTERN COMMAND...: the command ends well, and a line of its output matches. Not through a pipe: grep -q leaves at
# the first match, and a command that goes on writing dies of it.
prints() {
  local pattern=$1 said
  shift
  said=$("$@") || die "$*: status $?"
  grep -q -- "$pattern" <<<"$said" || die "$*: nothing like \"$pattern\" in: $said"
}
need() { for tool in "$@"; do has "$tool" || skip "$tool is not installed"; done; }

# As if it were installed in /usr.
if [[ ${IODYNO_PREFIX-} ]]; then
  export PATH=$IODYNO_PREFIX/bin:$PATH CPATH=$IODYNO_PREFIX/include CMAKE_PREFIX_PATH=$IODYNO_PREFIX
  export PKG_CONFIG_PATH=$IODYNO_LIBRARIES/pkgconfig MANPATH=$IODYNO_PREFIX/share/man:
fi
# Nobody's settings but those of the test.
unset IODYNO_BACKEND_PATH
export CARGO_HOME=$work/cargo
cd -- "$work"
