#!/usr/bin/env bash
# documents_test.sh PAGE: does what a page says, block by block. By the language of a block:
#   sh     is run, line by line as one would;
#   yaml   becomes a file with the name of its scenario, and must be valid; where it is none, it must be YAML, and what it
#          runs of iodyno is run;
#   json   must be JSON;  diff  is applied;  promql  names metrics that are exported;
#   others must be the text, or a part, of a file that the page has made by then. A whole C++ file that the page names
#          before it, in backquotes, is made, and must compile;
#   none   is output: each of its words is one that the program knows, or that the page has used or shown by then;
#   text   is for people.
# What can't be run says so in the line above it, <!-- not run: REASON -->, or on top of the page for all of its commands,
# <!-- no command is run: REASON -->. A block or command that needs a tool which isn't here is left out, and told.
#
# The tutorials (writing-…) begin in an empty directory, and all in them is done as it stands. The other pages find what
# `world` makes, and there `iodyno run` gets further options so that it takes seconds; each such command is printed.
page=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=common.sh
source "$here/common.sh"
tree=$(cd "$here/../.." && pwd)
ulimit -c 0

mkdir page linux
cp -r "$tree/docs" linux/fs  # a real tree, for the scenario that measures a copy of one
awk -v page="${page##*/}" -v code=code '
  inside && /^```$/ { inside = 0; emit(); reason = file = ""; next }
  inside { text = text $0 "\n"; next }
  /^[ >]+```/ { print "die \"line " NR ": a block that is indented is not seen by this test\""; next }
  /^```/ { inside = 1; language = substr($0, 4); text = ""; line = NR; next }
  /^<!-- no command is run: .* -->$/ { all = between() }
  /^<!-- not run: .* -->$/ { reason = between(); next }
  reason != "" { print "die \"line " NR ": not run, but there is no block\""; reason = "" }
  { said = $0
    while (match(said, /`[^`]+`/)) {
      quoted = substr(said, RSTART + 1, RLENGTH - 2)
      print quoted >code
      if (quoted ~ /^[a-z_]+\.cpp$/) file = quoted
      said = substr(said, RSTART + RLENGTH)
    } }
  function between() { sub(/^[^:]*: /, ""); sub(/ -->$/, ""); gsub(/"/, "\\\""); return $0 }
  function emit() {
    if (language == "sh" && reason == "") reason = all
    if (language != "") print text >code
    printf "begin %s:%d \"%s\" <<\"END OF BLOCK\"\n%sEND OF BLOCK\n", page, line, reason, text
    if (reason != "") return
    if (language == "sh") printf "if possible; then\n%s\nfi\n", text
    else printf "block_%s %s <<\"END OF BLOCK\"\n%sEND OF BLOCK\n", language == "" ? "output" : language, file, text
  }' "$page" >script
[[ -s script ]] || die "$page has no blocks"
touch code

has_compare_py() { [[ -e /usr/share/benchmark/compare.py ]] && /usr/bin/python3 -c 'import scipy' 2>/dev/null; }
left_out() { printf 'left out: %s\n' "$*"; }
# begin PLACE REASON: the block on stdin. Where it isn't run: what it names in our tree is there.
begin() {
  local path
  block=$(cat)
  printf -- '--- %s%s\n' "$1" "${2:+ not run: $2}"
  [[ $2 ]] || return 0
  while read -r path; do
    [[ -e $tree/$path ]] || die "there is no $path"
  done < <(grep -oE '(^| )(scripts|tests)/[a-z_/.-]+' <<<"$block")
}
# possible: whether what stands at the beginning of the lines of the block is here.
possible() {
  local tool
  for tool in cargo cmake gdb perf strace; do
    grep -q "^$tool " <<<"$block" || continue
    has "$tool" || { left_out "$tool is not installed"; return 1; }
  done
  if grep -q '^perf ' <<<"$block" && ! perf record -q -o "$work/probe" true 2>/dev/null; then
    left_out "perf may not measure here"
    return 1
  fi
  if grep -q '^strace ' <<<"$block" && ! strace -o "$work/probe" true 2>/dev/null; then
    left_out "strace may not trace here"
    return 1
  fi
  if grep -q '^gdb ' <<<"$block" && ! gdb --batch -ex run --args true >/dev/null 2>&1; then
    left_out "gdb may not trace here"
    return 1
  fi
  if grep -q 'import pandas' <<<"$block" && ! python3 -c 'import pandas' 2>/dev/null; then
    left_out "pandas is not installed"
    return 1
  fi
  if grep -q '/usr/share/benchmark' <<<"$block" && ! has_compare_py; then
    left_out "compare.py is not installed"
    return 1
  fi
  if grep -q 'libiodyno-uring' <<<"$block" && [[ ! -e old/libiodyno-uring.so ]]; then
    left_out "uring has not been built"
    return 1
  fi
}

# is_in PATTERN: the block on stdin is in a file of such a name.
is_in() {
  local file text
  text=$(cat)
  while IFS= read -r file; do
    [[ $(<"$file") != *"$text"* ]] || return 0
  done < <(find "$work/page" -name "$1")
  die "no file $1 has this text: $text"
}
block_c() { is_in '*.c'; }
block_cpp() {
  if [[ ${1-} && ! -e $1 ]] && grep -q '^#include' <<<"$block"; then
    cat >"$1"
    c++ -std=c++20 -fsyntax-only "$1"
  else
    is_in '*.cpp'
  fi
}
block_rust() { ! has cargo || is_in '*.rs'; }  # without cargo nothing has made it
block_cmake() { is_in CMakeLists.txt; }
block_diff() { patch --silent --strip 0; }
block_json() { if has jq; then jq . >/dev/null; else left_out "jq is not installed"; fi; }
block_text() { :; }
block_promql() {
  local metric
  while read -r metric; do
    grep -q "^$metric{" iodyno.prom || die "no metric $metric is exported"
  done < <(grep -oE '\biodyno_[a-z_]+' | sort -u)
}
block_yaml() {
  cat >block
  local name
  name=$(sed -n 's/^scenario: //p' block)
  if [[ $name ]]; then
    mv block "$name.yaml"
    command iodyno validate "$name.yaml"
    return
  fi
  if /usr/bin/python3 -c 'import yaml' 2>/dev/null; then
    /usr/bin/python3 -c 'import yaml; yaml.safe_load(open("block"))'
  else
    left_out "python3-yaml is not installed"
  fi
  # shellcheck source=/dev/null
  source <(sed -nE 's/^ *- run: (iodyno .*)/\1/p' block)
}

# literals: what the program has to say, and what conforms to it. words: those on stdin, of four letters and more.
literals() { grep -ohE '"[^"]*"' "$tree"/framework/{report,cli,run,check,scenario}/*.cpp; }
words() { LC_ALL=C grep -aoE '[A-Za-z]{4,}' | LC_ALL=C sort -u; }
block_output() {
  local unknown
  unknown=$(words <<<"$block" | LC_ALL=C comm -23 - <(cat "$work/said" "$work/code" <(literals) | words))
  [[ ! $unknown ]] || die "the program does not say: $unknown"
}

# world: what a reader of a page on results has, here: a run of small-files under three labels, an older one, a newer one.
world() {
  local when=results/small-files/2026-01-01T00-00-00Z
  command iodyno run small-files --quick --set dataset.files=100 --quiet --out out \
    --backend posix --backend uring=posix --backend plain=posix >/dev/null
  mkdir -p results/small-files old new DIR build/release
  cp -r out/small-files "$when"
  ln -s "${when##*/}" results/small-files/latest
  cp -r out/small-files old
  cp -r out/small-files new
  cp out/small-files/* .
  command iodyno export --format gobench --out old.txt out
  [[ ! -e $IODYNO_LIBRARIES/iodyno/libiodyno-uring.so ]] || cp "$IODYNO_LIBRARIES/iodyno/libiodyno-uring.so" old
  ln -s "$tree/framework" .
  printf '#!/usr/bin/env bash\niodyno "$@"\n' >build/release/iodyno
  chmod +x build/release/iodyno
}
# What measures is made short; what is built or asked elsewhere is not, and may be missing.
short_commands() {
  iodyno() {
    [[ $1 != run ]] || set -- "$@" --quick --set dataset.files=100
    printf '+ iodyno %s\n' "$*"
    command iodyno "$@"
  }
  export -f iodyno
  # The tests that a page names are there; running them is for whoever runs this one.
  ctest() {
    [[ "$1 $2" == "--preset release" ]] || die "ctest without a preset"
    shift 2
    printf '+ ctest --test-dir %s --show-only %s\n' "$IODYNO_BUILD" "$*"
    prints '^Total Tests: [1-9]' command ctest --test-dir "$IODYNO_BUILD" --show-only "$@"
  }
  compare.py() {
    if has_compare_py; then
      /usr/bin/python3 /usr/share/benchmark/compare.py "$@"
    else
      left_out "compare.py is not installed"
    fi
  }
  for tool in bencher go; do eval "$tool() { left_out '$tool asks the network'; }"; done
  for tool in benchstat jq; do has "$tool" || eval "$tool() { left_out '$tool is not installed'; }"; done
}

# All that is said is kept, for blocks that show it.
trap 'cat -- "$work/said" >&3 || true; rm -rf -- "$work"' EXIT
exec 3>&1 >"$work/said" 2>&1
cd page
case ${page##*/} in
  writing-*) ;;
  *)
    short_commands
    if grep -q '^if possible' "$work/script"; then world; fi
    ;;
esac
set +u  # a person's shell is not that strict
# shellcheck source=/dev/null
source "$work/script"
