#!/usr/bin/env bash
# later_header.sh HEADER [MINOR]: what HEADER may be like in minor version MINOR, the next if there is none. There is one
# more operation, and each struct that may grow is longer, by more in a version that is farther away.
set -euo pipefail
awk -v minor="${2-}" '
  /^#define IODYNO_ABI_MINOR/ {
    if (minor == "") minor = $3 + 1
    print "#define IODYNO_ABI_MINOR " minor "u"
    next
  }
  /IODYNO_OP_COUNT = / { print "  IODYNO_OP_LATER = " $3 ","; print "  IODYNO_OP_COUNT = " $3 + 1; next }
  /^IODYNO_PIN\(sizeof\(iodyno_(host|config|batch|backend|option)\)/ { next }  # they have grown
  /^} iodyno_(host|config|batch|backend|option);/ { print "  uint64_t later[" 4 * minor "];"; ++grown }
  { print }
  END { exit grown != 5 }' "$1"
