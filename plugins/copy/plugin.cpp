#include "engine.hpp"

IODYNO_BACKEND(engine::copy::Copy)
