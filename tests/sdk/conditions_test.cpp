// What goes wrong around a backend while it works: limits, files that vanish or change their size,
// files larger than memory. It works, or each request says what is wrong with it.
#include <sys/resource.h>

#include <atomic>
#include <cerrno>
#include <set>
#include <thread>

#include "fixture.hpp"

namespace sdk_test {
namespace {

class Conditions : public Engine {
 protected:
  /// So many files of this size, and a batch of `op` on all of them.
  std::vector<iodyno_request> files(iodyno_op op, std::uint32_t count, std::uint64_t size) {
    for (std::uint32_t i = 0; i < count; ++i) paths.push_back("f" + std::to_string(i));
    std::vector<iodyno_request> all;
    for (const auto& path : paths) {
      dir.write(path, text_of(size));
      all.push_back(request(op, path.c_str(), size));
    }
    return all;
  }
  std::vector<const char*> set() const {
    std::vector<const char*> all;
    for (const auto& path : paths) all.push_back(path.c_str());
    return all;
  }
  /// Which errors came of these batches while somebody did this to the files, again and again.
  std::set<int> errors_while(const std::vector<iodyno_request>& batch, auto meddle) {
    std::atomic<bool> over = false;
    std::thread meddler([&] {
      while (!over) meddle();
    });
    std::set<int> errors;
    for (int round = 0; round < 20; ++round)
      for (const auto& c : session.run(batch)) errors.insert(c.error);
    over = true;
    meddler.join();
    return errors;
  }
  static void expect_only(const std::set<int>& errors, const std::set<int>& allowed) {
    for (const int error : errors)
      EXPECT_TRUE(allowed.contains(error)) << (error < 0 ? "pending" : strerrorname_np(error));
  }

  std::vector<std::string> paths;
};
INSTANTIATE_TEST_SUITE_P(, Conditions, testing::ValuesIn(setups()), name_of);

TEST_P(Conditions, FilesVanishAndComeBack) {
  const auto all = files(IODYNO_OP_READ, 40, 9000);
  expect_only(errors_while(all,
                           [this] {
                             for (const auto& path : paths) std::filesystem::remove(dir / path);
                             for (const auto& path : paths) dir.write(path, text_of(9000));
                           }),
              {0, ENOENT, ENODATA});
  for (const auto& c : session.run(all)) expect_done(c, 9000);
}

TEST_P(Conditions, FilesShrinkAndGrowWhileTheyAreRead) {
  auto all = files(IODYNO_OP_READ, 20, 64 * kPage);
  const auto meddle = [this] {
    for (const auto& path : paths) std::filesystem::resize_file(dir / path, 10 * kPage + 7);
    for (const auto& path : paths) std::filesystem::resize_file(dir / path, 64 * kPage);
  };
  // EIO: a bus error, and by the time that it is looked into the file is long again.
  expect_only(errors_while(all, meddle), {0, ENODATA, EIO});
  for (auto& r : all) r.length = IODYNO_SIZE_UNKNOWN;
  expect_only(errors_while(all, meddle), {0, ENODATA, EIO});
  for (const auto& c : session.run(all)) expect_done(c, 64 * kPage);
}

TEST_P(Conditions, OpenFilesShrinkAndGrow) {
  files(IODYNO_OP_READ, 10, 64 * kPage);
  ASSERT_EQ(session.open_files(set(), IODYNO_WRITABLE), 0) << session.error.text;
  std::vector<iodyno_request> all;
  for (std::uint32_t i = 0; i < 200; ++i)
    all.push_back(block(i % 3 == 0 ? IODYNO_OP_WRITE_BLOCK : IODYNO_OP_READ_BLOCK, i % 10,
                        (i * 7 % 64) * kPage, kPage));
  // A write behind the end makes the file longer, or, through a mapping, is refused.
  expect_only(errors_while(all,
                           [this] {
                             for (const auto& path : paths) {
                               std::filesystem::resize_file(dir / path, 10 * kPage);
                               std::filesystem::resize_file(dir / path, 64 * kPage);
                             }
                           }),
              {0, ENODATA, EIO});
  for (const auto& c : session.run(all)) EXPECT_EQ(c.error, 0) << strerrorname_np(c.error);
}

TEST_P(Conditions, AFileOfFiveGibibytesThatIsAHole) {
  constexpr std::uint64_t kFourGib = 4ull << 30, kSize = 5ull << 30;
  dir.write("sparse", "");
  std::filesystem::resize_file(dir / "sparse", kSize);
  ASSERT_EQ(session.open_files({"sparse"}, IODYNO_WRITABLE), 0) << session.error.text;
  const auto last = block(IODYNO_OP_WRITE_BLOCK, 0, kSize - kPage, kPage);
  for (const std::uint64_t at : {0 * kPage, kFourGib - kPage, kFourGib, kSize - 2 * kPage}) {
    expect_done(session.run_one(block(IODYNO_OP_READ_BLOCK, 0, at, kPage)), kPage);
    EXPECT_EQ(session.delivered_by(0), std::string(kPage, '\0'));
  }
  expect_done(session.run_one(last), kPage);
  expect_done(session.run_one(block(IODYNO_OP_READ_BLOCK, 0, kSize - kPage, kPage)), kPage);
  EXPECT_EQ(session.delivered_by(0), session.source(last));
  EXPECT_EQ(session.run_one(block(IODYNO_OP_READ_BLOCK, 0, kSize, kPage)).error, ENODATA);
  expect_done(session.run_one(request(IODYNO_OP_STAT, "sparse")), kSize);
}

/// Puts the limit back, also when a test fails.
class FewDescriptors {
 public:
  explicit FewDescriptors(rlim_t most) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit few{most, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &few);
  }
  FewDescriptors(const FewDescriptors&) = delete;
  ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_P(Conditions, FewDescriptorsAreEnoughOrSaidToBeTooFew) {
  const auto all = files(IODYNO_OP_READ, 200, kPage);
  const FewDescriptors few(rlim_t(open_descriptors() + 2 * GetParam().depth + 60));
  for (const auto& c : session.run(all)) expect_done(c, kPage);
  if (const int error = session.open_files(set(), 0); error != 0) {
    EXPECT_EQ(error, EMFILE);
    EXPECT_STRNE(session.error.text, "");
    EXPECT_EQ(session.run_one(block(IODYNO_OP_READ_BLOCK, 0, 0, kPage)).error, EBADF);
  }
  ASSERT_EQ(session.open_files({"f1"}, 0), 0) << session.error.text;
  expect_done(session.run_one(block(IODYNO_OP_READ_BLOCK, 0, 0, kPage)), kPage);
}

}  // namespace
}  // namespace sdk_test
