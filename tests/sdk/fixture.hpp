/// What the tests of the backends that do I/O share.
#pragma once
#include <linux/magic.h>
#include <sys/vfs.h>

#include <chrono>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "host.hpp"

namespace sdk_test {

inline const iodyno_backend& posix() {
  static const iodyno_backend& backend = load(POSIX_PLUGIN);
  return backend;
}

inline const iodyno_backend& handicap() {
  static const iodyno_backend& backend = load(HANDICAP_PLUGIN);
  return backend;
}

inline const iodyno_backend& automatic() {
  static const iodyno_backend& backend = load(AUTO_PLUGIN);
  return backend;
}

#ifdef URING_PLUGIN
inline const iodyno_backend& uring() {
  static const iodyno_backend& backend = load(URING_PLUGIN);
  return backend;
}
#endif

#ifdef MMAP_PLUGIN
inline const iodyno_backend& mapping() {
  static const iodyno_backend& backend = load(MMAP_PLUGIN);
  return backend;
}
#endif

#ifdef ADAPTIVE_PLUGIN
inline const iodyno_backend& adaptive() {
  static const iodyno_backend& backend = load(ADAPTIVE_PLUGIN);
  return backend;
}
#endif

#ifdef ASIO_PLUGIN
inline const iodyno_backend& asio() {
  static const iodyno_backend& backend = load(ASIO_PLUGIN);
  return backend;
}
#endif

#ifdef RUST_PLUGIN
inline const iodyno_backend& rust() {
  static const iodyno_backend& backend = load(RUST_PLUGIN);
  return backend;
}
#endif

#ifdef AIO_PLUGIN
inline const iodyno_backend& aio() {
  static const iodyno_backend& backend = load(AIO_PLUGIN);
  return backend;
}
#endif

#ifdef CACHED_PLUGIN
inline const iodyno_backend& cached() {
  static const iodyno_backend& backend = load(CACHED_PLUGIN);
  return backend;
}
#endif

/// Which backend a test is about, and how its session is opened.
struct Setup {
  const iodyno_backend& (*backend)();
  std::uint32_t flags, depth;
};

/// Each backend buffered and with O_DIRECT, if it has that, alone and with many requests in flight.
inline std::vector<Setup> setups() {
  std::vector<Setup> all;
  for (const std::uint32_t flags : {0u, std::uint32_t{IODYNO_DIRECT}}) {
    for (const std::uint32_t depth : {1u, 3u}) all.push_back({posix, flags, depth});
    for (const std::uint32_t depth : {1u, 3u}) all.push_back({handicap, flags, depth});
    for (const std::uint32_t depth : {1u, 3u}) all.push_back({automatic, flags, depth});
#ifdef URING_PLUGIN
    for (const std::uint32_t depth : {1u, 3u, 32u}) all.push_back({uring, flags, depth});
#endif
#ifdef ADAPTIVE_PLUGIN
    for (const std::uint32_t depth : {1u, 3u, 32u}) all.push_back({adaptive, flags, depth});
#endif
#ifdef ASIO_PLUGIN
    for (const std::uint32_t depth : {1u, 3u, 32u}) all.push_back({asio, flags, depth});
#endif
#ifdef RUST_PLUGIN
    for (const std::uint32_t depth : {1u, 3u, 32u}) all.push_back({rust, flags, depth});
#endif
  }
#ifdef MMAP_PLUGIN
  for (const std::uint32_t depth : {1u, 3u}) all.push_back({mapping, 0, depth});
#endif
  return all;
}

/// The same, and those that have the operations on blocks alone.
inline std::vector<Setup> setups_on_blocks() {
  std::vector<Setup> all = setups();
  for (const std::uint32_t flags : {0u, std::uint32_t{IODYNO_DIRECT}}) {
#ifdef AIO_PLUGIN
    for (const std::uint32_t depth : {1u, 3u, 32u}) all.push_back({aio, flags, depth});
#endif
#ifdef CACHED_PLUGIN
    for (const std::uint32_t depth : {1u, 3u, 32u}) all.push_back({cached, flags, depth});
#endif
  }
  return all;
}

inline void PrintTo(const Setup& setup, std::ostream* out) { *out << setup.backend().name; }

inline std::string name_of(const testing::TestParamInfo<Setup>& info) {
  const auto& [backend, flags, depth] = info.param;
  return std::string(backend().name) + (flags & IODYNO_DIRECT ? "_direct" : "_buffered") +
         "_depth" + std::to_string(depth);
}

/// What every backend that does I/O has to do alike.
class Engine : public testing::TestWithParam<Setup> {
 protected:
  void SetUp() override {
    if (direct() && session.status != 0) GTEST_SKIP() << session.error.text;
    ASSERT_EQ(session.status, 0) << session.error.text;
  }
  static bool direct() { return GetParam().flags == IODYNO_DIRECT; }
  static const iodyno_backend& backend() { return GetParam().backend(); }
  Opening opening() const {
    return {
        .depth = GetParam().depth, .flags = GetParam().flags, .dir = dir.fd(), .dir2 = dir2.fd()};
  }
  /// A part of a page can't be written with O_DIRECT, and the completion says so.
  static std::uint32_t how_to_write(std::uint64_t end) {
    return direct() && end % kPage != 0 ? std::uint32_t{IODYNO_FALLBACK} : 0u;
  }

  TempDir dir, dir2;
  Session session{backend(), opening()};
};

constexpr std::uint64_t kSizes[] = {0, 1, 4095, 4096, 4097, (1 << 20) + 3};

inline std::string text_of(std::uint64_t size, unsigned seed = 1) {
  std::string text(size, '\0');
  for (std::uint64_t i = 0; i < size; ++i) text[i] = char((i * 31 + i / kPage + seed) % 251);
  return text;
}

inline bool is_tmpfs(const char* path) {
  struct statfs fs;
  return ::statfs(path, &fs) == 0 && fs.f_type == TMPFS_MAGIC && ::access(path, W_OK) == 0;
}

/// How many descriptors, or threads, this process has.
inline std::size_t entries_of(const char* folder) {
  const std::filesystem::directory_iterator all(folder);
  return std::size_t(std::distance(begin(all), end(all)));
}
/// How many threads this process has: as soon as there are at most `most`, or else after seconds.
/// One that was joined is listed until the kernel has let go of it.
inline std::size_t threads_left(std::size_t most) {
  std::size_t threads = entries_of("/proc/self/task");
  for (int i = 0; i < 2000 && threads > most; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    threads = entries_of("/proc/self/task");
  }
  return threads;
}
inline std::size_t open_descriptors() { return entries_of("/proc/self/fd"); }

/// Whether extents are shared, or a worker of the kernel did it, is up to the file system; what a
/// backend has cached, to the backend.
inline void expect_done(const iodyno_completion& c, std::uint64_t bytes, std::uint32_t how = 0) {
  constexpr std::uint32_t kUpToThePlace = IODYNO_SHARED | IODYNO_PUNTED | IODYNO_CACHED;
  EXPECT_EQ(c.error, 0) << strerrorname_np(c.error);
  EXPECT_EQ(c.bytes, bytes);
  EXPECT_EQ(c.how & ~kUpToThePlace, how & ~kUpToThePlace);
}

}  // namespace sdk_test
