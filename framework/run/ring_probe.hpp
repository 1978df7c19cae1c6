#pragma once
#include <string>
#include <vector>

namespace iodyno::host {

/// What io_uring can do here, by trying.
struct RingAbilities {
  int error = 0;                          ///< errno of io_uring_setup; 0 where there is one
  std::vector<std::string> absent;        ///< of the operations that backends use: "MKDIRAT"
  std::size_t operations = 0;             ///< that were asked for
  std::vector<std::string> absent_modes;  ///< of setting a ring up, and features: "SQPOLL"
  int buffers_error = 0;                  ///< errno of registering buffers of 16 MiB
};
RingAbilities probe_ring();

/// Whether a seccomp filter decides which system calls this process may make.
bool has_seccomp_filter();

}  // namespace iodyno::host
