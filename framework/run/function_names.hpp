#pragma once
#include <string>
#include <string_view>

namespace iodyno::host {

/// A text with words that are names of functions as the linker knows them, in which these are as
/// they were written: without parameters, and without the namespaces that have no name.
std::string with_readable_names(std::string_view text);

}  // namespace iodyno::host
