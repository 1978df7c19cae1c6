#include "engine.hpp"

IODYNO_BACKEND(engine::posix::Posix)
