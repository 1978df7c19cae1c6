#pragma once
#include <chrono>

namespace iodyno::host {

/// Takes a lock for itself alone (flock(2)), and waits so long for whoever has it: what a run that
/// was killed had just started has its locks for a moment longer. Returns false with errno where
/// it can't be had; that is EWOULDBLOCK where somebody has it.
bool lock(int fd, std::chrono::milliseconds patience = {});

}  // namespace iodyno::host
