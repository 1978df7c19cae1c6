#pragma once
#include <string>

#include "trial/read_back.hpp"
#include "trial/session.hpp"

namespace iodyno::host {

/// Has the session read again, off the clock, and compares what it hands over with what the host
/// itself finds in the files: every byte of 1,000 seeded requests, or of all where the scenario
/// asks for a checksum, and the number of bytes of the others. Every file is read from. The first
/// thing that is wrong, or nothing; also where the step reads nothing.
std::string read_fault(Session&, const DoneStep&);

}  // namespace iodyno::host
