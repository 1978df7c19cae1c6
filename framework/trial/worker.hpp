#pragma once
#include <functional>

#include "trial/message.hpp"

namespace iodyno::host {

/// The descriptors that a worker process finds open.
inline constexpr int kJobFd = 3, kReplyFd = 4, kDirectoryFd = 5;

/// Does a job in this process. Never throws: what goes wrong is in the reply.
Reply do_job(const Job&, int directory, const Stage&);

/// The main function of a worker process: reads a job to the end of kJobFd, does it below
/// kDirectoryFd, and writes replies to kReplyFd, each after its length (4 bytes, this machine's
/// order).
int worker_main();

}  // namespace iodyno::host
