#!/usr/bin/env bash
# rust_layout_test.sh SOURCE_DIRECTORY: each field in iodyno.rs is where the C header has it, and each constant is what
# it is there.
set -euo pipefail
command -v rustc >/dev/null || { echo "skipped: rustc is not installed"; exit 77; }
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cp "$1/framework/scaffold/rust/src/iodyno.rs" "$here/layout.rs" "$work"
cd -- "$work"
cc -std=c11 -I"$1/framework/sdk/include" "$here/layout.c" -o c
rustc --edition 2021 --crate-name layout layout.rs -o rust
./c >c.txt
./rust >rust.txt
[[ $(wc -l <c.txt) -gt 100 ]]
diff c.txt rust.txt
