/// What the tests of the posix backend share.
#pragma once
#include <string>
#include <tuple>

#include "host.hpp"

namespace sdk_test {

inline const iodyno_backend& posix() {
  static const iodyno_backend& backend = load(POSIX_PLUGIN);
  return backend;
}

/// Each test runs buffered and with O_DIRECT, alone and in threads.
class Posix : public testing::TestWithParam<std::tuple<std::uint32_t, std::uint32_t>> {
 protected:
  void SetUp() override {
    if (direct() && session.status != 0) GTEST_SKIP() << session.error.text;
    ASSERT_EQ(session.status, 0) << session.error.text;
  }
  static bool direct() { return std::get<0>(GetParam()) == IODYNO_DIRECT; }
  Opening opening() const {
    return {.depth = std::get<1>(GetParam()),
            .flags = std::get<0>(GetParam()),
            .dir = dir.fd(),
            .dir2 = dir2.fd()};
  }
  /// A part of a page can't be written with O_DIRECT, and the completion says so.
  static std::uint32_t how_to_write(std::uint64_t end) {
    return direct() && end % kPage != 0 ? std::uint32_t{IODYNO_FALLBACK} : 0u;
  }

  TempDir dir, dir2;
  Session session{posix(), opening()};
};

constexpr std::uint64_t kSizes[] = {0, 1, 4095, 4096, 4097, (1 << 20) + 3};

inline std::string text_of(std::uint64_t size, unsigned seed = 1) {
  std::string text(size, '\0');
  for (std::uint64_t i = 0; i < size; ++i) text[i] = char((i * 31 + i / kPage + seed) % 251);
  return text;
}

inline void expect_done(const iodyno_completion& c, std::uint64_t bytes, std::uint32_t how = 0) {
  EXPECT_EQ(c.error, 0) << strerrorname_np(c.error);
  EXPECT_EQ(c.bytes, bytes);
  EXPECT_EQ(c.how, how);
}

}  // namespace sdk_test
