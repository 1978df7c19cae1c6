#!/usr/bin/env bash
# later_header.sh HEADER: what HEADER may be like in the next minor version. There is one more operation, and each struct
# that may grow is longer.
set -euo pipefail
awk '
  /^#define IODYNO_ABI_MINOR/ { print "#define IODYNO_ABI_MINOR " $3 + 1 "u"; next }
  /IODYNO_OP_COUNT = / { print "  IODYNO_OP_LATER = " $3 ","; print "  IODYNO_OP_COUNT = " $3 + 1; next }
  /^IODYNO_PIN\(sizeof\(iodyno_(host|config|batch|backend|option)\)/ { next }  # they have grown
  /^} iodyno_(host|config|batch|backend|option);/ { print "  uint64_t later[4];"; ++grown }
  { print }
  END { exit grown != 5 }' "$1"
