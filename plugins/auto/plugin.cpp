#include "auto.hpp"

IODYNO_BACKEND(engine::automatic::Auto)
