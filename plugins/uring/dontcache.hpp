/// RWF_DONTCACHE: the page cache lets go of what was transferred (Linux 6.14).
#pragma once
#include <sys/uio.h>

#include <cerrno>
#include <cstddef>
#include <iodyno/posix.hpp>
#include <span>
#include <string>
#include <system_error>

namespace engine::uring {

constexpr int kDontCache = 0x80;  // of RWF_DONTCACHE, which the headers need not have

/// Throws where the file system below `dir` has no such transfers. `room` is written and read.
inline void require_dontcache(int dir, std::span<std::byte> room) try {
  const std::string name = ".iodyno-probe-" + std::to_string(::gettid());
  const auto file = iodyno::open_at(dir, name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
  ::unlinkat(dir, name.c_str(), 0);
  const iovec all{room.data(), room.size()};
  iodyno::retry([&] { return ::pwritev2(file, &all, 1, 0, kDontCache); }, "a write");
  iodyno::retry([&] { return ::preadv2(file, &all, 1, 0, kDontCache); }, "a read");
} catch (const std::system_error& e) {
  iodyno::fail(e.code().value(),
               "dontcache does not work on this file system: " + std::string(e.what()));
}

}  // namespace engine::uring
