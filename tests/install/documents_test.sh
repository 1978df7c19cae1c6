#!/usr/bin/env bash
# documents_test.sh PAGE: does what a page says, block by block, in a directory where nothing is but what it makes.
# sh is run, line by line as one would; yaml becomes a file with the name of its scenario; diff is applied; what is in
# another language must be the text, or a part, of a file that the page has made by then. Blocks without a language are
# output. A block that needs a tool which isn't here is left out, and told.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=common.sh
source "$here/common.sh"
page=$1
ulimit -c 0

awk -v page="${page##*/}" '
  !inside && /^```/ { inside = 1; language = substr($0, 4); text = ""; line = NR; next }
  inside && /^```$/ { inside = 0; if (language != "") emit(); next }
  inside { text = text $0 "\n" }
  function emit() {
    printf "if possible %s:%d <<\"END OF BLOCK\"\n%sEND OF BLOCK\nthen\n", page, line, text
    if (language == "sh") printf "%s\n", text
    else printf "%s <<\"END OF BLOCK\"\n%sEND OF BLOCK\n", "block_" language, text
    print "fi"
  }' "$page" >script
[[ -s script ]] || die "$page has no blocks"

# possible PLACE: whether what stands at the beginning of the lines of a block is here.
possible() {
  local tool block
  block=$(cat)
  printf -- '--- %s\n' "$1"
  for tool in cargo cmake gdb perf strace; do
    grep -q "^$tool " <<<"$block" || continue
    has "$tool" || { printf 'left out: %s is not installed\n' "$tool"; return 1; }
  done
  if grep -q '^perf ' <<<"$block" && ! perf record -q -o "$work/probe" true 2>/dev/null; then
    printf 'left out: perf may not measure here\n'
    return 1
  fi
  if grep -q '^strace ' <<<"$block" && ! strace -o "$work/probe" true 2>/dev/null; then
    printf 'left out: strace may not trace here\n'
    return 1
  fi
  if grep -q '^gdb ' <<<"$block" && ! gdb --batch -ex run --args true >/dev/null 2>&1; then
    printf 'left out: gdb may not trace here\n'
    return 1
  fi
}
# is_in PATTERN: the block on stdin is in a file of such a name.
is_in() {
  local file block
  block=$(cat)
  while IFS= read -r file; do
    [[ $(<"$file") != *"$block"* ]] || return 0
  done < <(find "$work" -name "$1")
  die "no file $1 has this text: $block"
}
block_c() { is_in '*.c'; }
block_cpp() { is_in '*.cpp'; }
block_rust() { ! has cargo || is_in '*.rs'; }  # without cargo nothing has made it
block_cmake() { is_in CMakeLists.txt; }
block_diff() { patch --silent --strip 0; }
block_yaml() {
  cat >block
  mv block "$(sed -n 's/^scenario: //p' block).yaml"
}

mkdir page
cd page
# shellcheck source=/dev/null
source "$work/script"
