# shellcheck shell=bash
# What run, test, soak and CI share; sourced by them.
repository=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
program=${0##*/}
packages_installed=

say() { printf '%s: %s\n' "$program" "$*" >&2; }
die() { say "error: $*"; exit 1; }

# step WHAT COMMAND...: says what is done and how long it took; shows the output only of a command that fails.
step() {
  local what=$1 status=0 log began=$SECONDS
  shift
  say "$what ..."
  log=$(mktemp)
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if ((status != 0)); then
    cat "$log" >&2
    say "error: $what: failed with status $status; its output is above"
  elif ((SECONDS - began > 1)); then
    say "$what: done, $((SECONDS - began)) s"
  fi
  rm -f "$log"
  return "$status"
}

# missing_packages LIST...: the packages of these lists that are not installed.
missing_packages() {
  local list package
  for list in "$@"; do
    while read -r package; do
      dpkg-query --show --showformat='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
        echo "$package"
    done < <(sed -n "s/^$list //p" "$repository/scripts/packages")
  done
}

# install_packages LIST...: installs what is missing. Removes nothing; where all is there, apt isn't even started.
install_packages() {
  local missing plan as_root=()
  command -v apt-get >/dev/null ||
    die "no apt-get here: install what scripts/packages lists, then: cmake --preset release && cmake --build build/release"
  missing=$(missing_packages "$@")
  [[ $missing ]] || return 0
  missing=${missing//$'\n'/ }
  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      die "these packages are missing, and there is neither root nor sudo to install them: $missing"
    as_root=(sudo)
  fi
  as_root+=(env DEBIAN_FRONTEND=noninteractive)
  local apt=(apt-get --yes --no-remove --no-install-recommends -o DPkg::Lock::Timeout=120)

  say "missing packages: $missing"
  step "apt-get update" "${as_root[@]}" apt-get -o DPkg::Lock::Timeout=120 update ||
    say "going on with the package lists that are here"
  # shellcheck disable=SC2086  # a list of words
  plan=$("${apt[@]}" --simulate install $missing 2>&1) || die "apt-get refuses (it may remove nothing):"$'\n'"$plan"
  plan=$(sed -n 's/^Inst \([^ ]*\) \(\[[^]]*\]\)\{0,1\}.*/\1 \2/p' <<<"$plan")
  say "with what they depend on: $(wc -l <<<"$plan") packages"
  if plan=$(sed -n 's/ \[.*//p' <<<"$plan") && [[ $plan ]]; then
    say "of these, to a newer version: ${plan//$'\n'/ }"
  fi
  # shellcheck disable=SC2086
  step "apt-get install" "${as_root[@]}" "${apt[@]}" install $missing || exit 1
  packages_installed=yes
}

# install_page_tools: node and npm, unless they are here from wherever; where they are refused it goes on.
install_page_tools() {
  if command -v node >/dev/null && command -v npm >/dev/null; then return; fi
  if (install_packages page); then
    packages_installed=yes
  else
    say "going on without node and npm: the page of \`iodyno report --html\` is left out"
  fi
}

# configure PRESET FILE: unless a configuration has made FILE of the build directory and nothing was installed since.
# ninja itself configures again when a CMakeLists.txt is newer.
configure() {
  local directory=$repository/build/$1
  if [[ ! -e $directory/$2 || $packages_installed ]]; then
    (cd -- "$repository" && step "configuring build/$1" cmake --preset "$1") || exit 1
  fi
}

# build PRESET [TARGET...]: with ninja's own progress on a terminal.
build() {
  local command=(cmake --build "$repository/build/$1")
  local what="building build/$1"
  shift
  (($# == 0)) || command+=(--target "$@")
  if [[ -t 2 ]]; then
    say "$what ..."
    "${command[@]}" >&2 || exit 1
  else
    step "$what" "${command[@]}" || exit 1
  fi
}
