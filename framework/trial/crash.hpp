#pragma once

namespace iodyno::host {

/// What begins the line in which a crash says where it was; the rest is for people.
inline constexpr const char* kCrashedAt = "iodyno-crashed-at: ";

/// From here on a crash of this process prints one line on stderr before it ends the process as it
/// would have: the innermost functions, as far as libraries tell their names. Also where the stack
/// of this thread is full. Not under a sanitizer, which says more itself.
void tell_of_crashes();

}  // namespace iodyno::host
