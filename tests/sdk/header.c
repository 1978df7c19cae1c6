/* The C header alone, and a pointer to what it declares. */
#include <iodyno/backend.h>

const iodyno_backend* (*const sdk_entry)(void) = &iodyno_backend_entry;
