#include "engine.hpp"

IODYNO_BACKEND(engine::uring::Uring)
