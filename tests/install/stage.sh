#!/usr/bin/env bash
# stage.sh CMAKE BUILD_DIRECTORY: installs to $IODYNO_PREFIX, for the tests of the installation.
set -euo pipefail
rm -rf -- "$IODYNO_PREFIX"
"$1" --install "$2" --prefix "$IODYNO_PREFIX" >/dev/null
