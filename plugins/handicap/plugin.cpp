#include "handicap.hpp"

IODYNO_BACKEND(engine::handicap::Handicap)
