#pragma once
#include <string>

namespace iodyno::host {

/// Whether what goes to stdout is coloured: on a terminal, and without $NO_COLOR.
bool color();

/// Tells a mistake in the command line on stderr, and gives the status for it.
int mistake(const std::string& text);

}  // namespace iodyno::host
