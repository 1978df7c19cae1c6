// The C header alone, in whichever C++ this is compiled as.
#include <iodyno/backend.h>

uint64_t sdk_every_op() { return IODYNO_BIT(IODYNO_OP_COUNT) - 1; }
