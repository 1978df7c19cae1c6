/* The crate comes as an archive, of which the linker takes what somebody asks for. This does. */
#include <iodyno/backend.h>

extern const iodyno_backend* (*const iodyno_rust_entry)(void);
const iodyno_backend* (*const iodyno_rust_entry)(void) = iodyno_backend_entry;
