/// What the tests of the backend `copy` share.
#pragma once
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <cerrno>
#include <string_view>

#include "fixture.hpp"
#include "shared_extents.hpp"

namespace sdk_test {

inline const iodyno_backend& copier() {
  static const iodyno_backend& backend = load(COPY_PLUGIN);
  return backend;
}

constexpr const char* kMethods[] = {
    "read_write",    "copy_file_range", "sendfile", "splice", "mmap",
    "mmap_windowed", "reflink",         "parallel", "direct", "uring"};

/// The value of a choice: its index.
inline iodyno_value choice_of(const char* option, std::string_view name) {
  for (std::uint32_t i = 0; i < copier().option_count; ++i) {
    const iodyno_option& row = copier().options[i];
    if (row.name != std::string_view(option)) continue;
    for (std::int64_t at = 0; row.choices[at] != nullptr; ++at)
      if (row.choices[at] == name) return {.i = at};
  }
  throw std::runtime_error("no such choice");
}

inline Opening with_method(std::string_view method, const TempDir& dir, const TempDir& dir2,
                           std::uint32_t depth = 1) {
  return {.depth = depth,
          .dir = dir.fd(),
          .dir2 = dir2.fd(),
          .options = {{"method", choice_of("method", method)}, {"buffer", {.i = 64 << 10}}}};
}

/// Why there is no COPY, or nothing.
inline std::string missing(const Session& session) {
  if (session.status != 0) return session.error.text;
  return session.ops & IODYNO_BIT(IODYNO_OP_COPY) ? "" : session.unsupported.at(IODYNO_OP_COPY);
}

inline struct stat stat_of(const std::filesystem::path& path) {
  struct stat s {};
  EXPECT_EQ(::stat(path.c_str(), &s), 0) << path;
  return s;
}

/// A file with data in some places, and holes everywhere else.
inline void write_sparse(const std::filesystem::path& path, std::uint64_t size,
                         const std::vector<std::uint64_t>& places, const std::string& text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  EXPECT_EQ(::ftruncate(fd, off_t(size)), 0);
  for (const auto place : places)
    EXPECT_EQ(::pwrite(fd, text.data(), text.size(), off_t(place)), ssize_t(text.size()));
  EXPECT_EQ(::fsync(fd), 0);
  ::close(fd);
}

/// `count` bytes of a file at `offset`.
inline std::string part_of(const std::filesystem::path& path, std::uint64_t offset,
                           std::size_t count) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::string text(count, '\0');
  text.resize(std::size_t(std::max<ssize_t>(::pread(fd, text.data(), count, off_t(offset)), 0)));
  ::close(fd);
  return text;
}
/// All of a file, however large.
inline std::string whole_of(const std::filesystem::path& path) {
  return part_of(path, 0, std::size_t(stat_of(path).st_size));
}

}  // namespace sdk_test
