#include "engine.hpp"

IODYNO_BACKEND(engine::mmap::Mmap)
