// The copy backend: each of its methods moves the same bytes, and says what it did.
#include <sys/resource.h>

#include "copy_fixture.hpp"

namespace sdk_test {
namespace {

struct Case {
  const char* method;
  std::uint32_t depth;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.method << " depth " << c.depth; }

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const char* method : kMethods)
    for (const std::uint32_t depth : {1u, 3u}) all.push_back({method, depth});
  return all;
}

std::string name_of_case(const testing::TestParamInfo<Case>& info) {
  return std::string(info.param.method) + "_depth" + std::to_string(info.param.depth);
}

class Copy : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (const auto why = missing(session); !why.empty()) GTEST_SKIP() << why;
  }
  std::string method() const { return GetParam().method; }
  /// Direct transfers are whole pages; what is none goes through the page cache. Here nothing else
  /// may fall back, and what may share was told.
  void expect_copied(const iodyno_completion& c, std::uint64_t size) const {
    EXPECT_EQ(c.error, 0) << strerrorname_np(c.error);
    EXPECT_EQ(c.bytes, size);
    const bool tail = method() == "direct" && size % kPage != 0;
    EXPECT_EQ(c.how & ~std::uint32_t{IODYNO_SHARED}, tail ? std::uint32_t{IODYNO_FALLBACK} : 0u);
  }
  iodyno_completion copy(const char* from, std::uint64_t length, const std::string& to,
                         std::uint16_t flags = 0) {
    auto r = request(IODYNO_OP_COPY, from, length, 0, to.c_str());
    r.flags = flags;
    return session.run_one(r);
  }

  TempDir dir, dir2;
  Session session{copier(), with_method(GetParam().method, dir, dir2, GetParam().depth)};
};
INSTANTIATE_TEST_SUITE_P(, Copy, testing::ValuesIn(all_cases()), name_of_case);

TEST_P(Copy, MovesEachByte) {
  for (const std::uint64_t size : {0, 1, 4095, 4096, 4097, (1 << 20) + 3, (9 << 20) + 4099}) {
    const std::string text = text_of(size);
    dir.write("from", text);
    for (const bool known : {true, false})
      for (const std::uint16_t flags : {std::uint16_t{0}, std::uint16_t{IODYNO_DURABLE}}) {
        const auto name =
            std::to_string(size) + (known ? "known" : "unknown") + std::to_string(flags);
        expect_copied(copy("from", known ? size : IODYNO_SIZE_UNKNOWN, name, flags), size);
        EXPECT_TRUE(whole_of(dir2 / name) == text) << name;
        EXPECT_EQ(copy("from", size, name).error, EEXIST);
        EXPECT_TRUE(whole_of(dir2 / name) == text) << name;
      }
  }
  EXPECT_TRUE(session.delivered.empty());
}

TEST_P(Copy, TakesNoMoreThanWasAskedFor) {
  const std::string text = text_of((9 << 20) + 77);
  dir.write("from", text);
  for (const std::uint64_t size : {1, 4095, 4096, 5000, 65536, (1 << 20) + 3, 8 << 20}) {
    const auto name = std::to_string(size);
    const auto c = copy("from", size, name);
    EXPECT_EQ(c.error, 0);
    EXPECT_EQ(c.bytes, size);
    EXPECT_TRUE(whole_of(dir2 / name) == text.substr(0, size)) << size;
  }
}

TEST_P(Copy, SaysWhatIsMissing) {
  dir.write("from", text_of(100'000));
  EXPECT_EQ(copy("gone", 1, "1").error, ENOENT);
  EXPECT_EQ(copy("from", 100'001, "2").error, ENODATA);
  EXPECT_EQ(copy("from", 9 << 20, "3").error, ENODATA);
  dir.write("short", "x");
  EXPECT_EQ(copy("short", 2, "4").error, ENODATA);
  dir.write("empty", "");
  EXPECT_EQ(copy("empty", 1, "5").error, ENODATA);
  EXPECT_EQ(copy("empty", 5000, "6").error, ENODATA);
  std::filesystem::create_directory(dir / "folder");
  EXPECT_EQ(copy("folder", 5000, "7").error, EISDIR);
  EXPECT_EQ(copy("folder", 1, "8").error, EISDIR);
  EXPECT_EQ(copy("folder", IODYNO_SIZE_UNKNOWN, "9").error, EISDIR);
  expect_copied(copy("from", 100'000, "10"), 100'000);
}

TEST_P(Copy, ManyAtOnce) {
  const std::string small = text_of(5000), large = text_of(6 << 20, 7);
  dir.write("small", small);
  dir.write("large", large);
  std::vector<std::string> names;
  for (int i = 0; i < 40; ++i) names.push_back(std::to_string(i));
  std::vector<iodyno_request> requests;
  for (std::size_t i = 0; i < names.size(); ++i)
    requests.push_back(request(IODYNO_OP_COPY,
                               i % 10 == 3   ? "large"
                               : i % 10 == 4 ? "gone"
                                             : "small",
                               IODYNO_SIZE_UNKNOWN, 0, names[i].c_str()));
  const auto files = open_descriptors();
  const auto done = session.run(requests);
  EXPECT_EQ(open_descriptors(), files);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i % 10 == 4) {
      EXPECT_EQ(done[i].error, ENOENT);
      continue;
    }
    const auto& text = i % 10 == 3 ? large : small;
    expect_copied(done[i], text.size());
    EXPECT_TRUE(whole_of(dir2 / names[i]) == text) << i;
  }
}

TEST_P(Copy, KeepsHoles) {
  constexpr std::uint64_t kMiB = 1 << 20;
  const std::string text = text_of(96 << 10);
  struct {
    const char* name;
    std::uint64_t size;
    std::vector<std::uint64_t> places;
  } const files[] = {{"start", 12 * kMiB, {12 * kMiB - text.size()}},
                     {"middle", 12 * kMiB + 5, {0, 12 * kMiB + 5 - text.size()}},
                     {"end", 12 * kMiB + 4095, {0}},
                     {"all", 12 * kMiB + 1, {}},
                     {"many", 24 * kMiB, {kMiB, 5 * kMiB, 5 * kMiB + text.size(), 20 * kMiB + 1}}};
  for (const auto& [name, size, places] : files) {
    write_sparse(dir / name, size, places, text);
    for (const bool known : {true, false}) {
      const auto to = std::string(name) + (known ? "-known" : "-unknown");
      const auto c = copy(name, known ? size : IODYNO_SIZE_UNKNOWN, to);
      EXPECT_EQ(c.error, 0) << strerrorname_np(c.error);
      EXPECT_EQ(c.bytes, size);
      EXPECT_TRUE(whole_of(dir2 / to) == whole_of(dir / name)) << to;
      const auto blocks = stat_of(dir / name).st_blocks, copied = stat_of(dir2 / to).st_blocks;
      EXPECT_LE(copied, blocks + 64) << to;
    }
  }
}

TEST_P(Copy, FiveGigabytesOfHoles) {
  constexpr std::uint64_t kGiB = 1 << 30, kSize = 5 * kGiB + 4097;
  const std::string text = text_of(10'000);
  const std::vector<std::uint64_t> places = {100, 2 * kGiB + 123, 4 * kGiB + kPage};
  write_sparse(dir / "from", kSize, places, text);
  const auto c = copy("from", IODYNO_SIZE_UNKNOWN, "to");
  EXPECT_EQ(c.error, 0) << strerrorname_np(c.error);
  EXPECT_EQ(c.bytes, kSize);
  EXPECT_LT(c.end_ns - c.start_ns, 2'000'000'000u);
  EXPECT_EQ(std::uint64_t(stat_of(dir2 / "to").st_size), kSize);
  EXPECT_LE(stat_of(dir2 / "to").st_blocks, 512);
  for (const auto place : places) EXPECT_TRUE(part_of(dir2 / "to", place, text.size()) == text);
  EXPECT_EQ(part_of(dir2 / "to", kGiB, kPage), std::string(kPage, '\0'));
  EXPECT_EQ(copy("from", kSize + 1, "longer").error, ENODATA);
}

/// They have bytes and no size, and no method but reading gets at them.
TEST_P(Copy, FilesOfTheKernelItself) {
  const int proc = ::open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  Opening opening = with_method(GetParam().method, dir, dir2, GetParam().depth);
  opening.dir = proc;
  Session reader(copier(), opening);
  if (missing(reader).empty()) {
    const auto c = reader.run_one(request(IODYNO_OP_COPY, "maps", IODYNO_SIZE_UNKNOWN, 0, "maps"));
    EXPECT_EQ(c.error, 0);
    EXPECT_GT(c.bytes, 0u);
    EXPECT_EQ(c.bytes, whole_of(dir2 / "maps").size());
    EXPECT_EQ(c.how, method() == "read_write" ? 0u : std::uint32_t{IODYNO_FALLBACK});
  }
  ::close(proc);
}

TEST_P(Copy, ToAnotherFileSystem) {
  if (!is_tmpfs("/dev/shm") || is_tmpfs(".")) GTEST_SKIP() << "needs two file systems";
  const TempDir other("/dev/shm");
  const std::string text = text_of((5 << 20) + 3);
  for (const bool there : {true, false}) {
    const TempDir &from = there ? dir : other, &to = there ? other : dir2;
    Session across(copier(), with_method(GetParam().method, from, to, GetParam().depth));
    if (method() == "copy_file_range" || method() == "reflink") {
      EXPECT_NE(missing(across).find("Invalid cross-device link"), std::string::npos);
      continue;
    }
    if (method() == "direct") {
      EXPECT_NE(missing(across).find("all of it is page cache"), std::string::npos);
      continue;
    }
    ASSERT_EQ(missing(across), "");
    from.write("from", text);
    expect_done(across.run_one(request(IODYNO_OP_COPY, "from", text.size(), 0, "across")),
                text.size());
    EXPECT_TRUE(whole_of(to / "across") == text);
  }
}

TEST_P(Copy, AHundredSessionsLeaveNothing) {
  dir.write("from", text_of(5 << 20));
  const auto once = [&](int i) {
    Session again(copier(), with_method(GetParam().method, dir, dir2, GetParam().depth));
    EXPECT_EQ(again
                  .run_one(request(IODYNO_OP_COPY, "from", i % 10 == 0 ? 5 << 20 : 100, 0,
                                   ("to" + std::to_string(i)).c_str()))
                  .error,
              0);
  };
  once(-1);
  const auto files = open_descriptors();
  const auto threads = entries_of("/proc/self/task");
  for (int i = 0; i < 100; ++i) once(i);
  EXPECT_EQ(open_descriptors(), files);
  // The workers of a ring are of the thread, and outlive it for some seconds.
  const auto most = threads + (method() == "uring" ? 128 : 0);
  EXPECT_LE(threads_left(most), most);
}

TEST_P(Copy, WithoutDescriptors) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer of undefined behaviour needs a descriptor to look at types";
#endif
  dir.write("from", text_of(5 << 20));
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  for (rlim_t more = 0; more < 20; ++more) {
    const auto name = std::to_string(more);
    const rlimit few{open_descriptors() - 1 + more, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    int status, error = 0;
    {
      Session poor(copier(), with_method(GetParam().method, dir, dir2, GetParam().depth));
      status = poor.status;
      if (missing(poor).empty())
        error = poor.run_one(request(IODYNO_OP_COPY, "from", 5 << 20, 0, name.c_str())).error;
    }
    ::setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_TRUE(status == 0 || status == EMFILE) << strerrorname_np(status);
    EXPECT_TRUE(error == 0 || error == EMFILE) << strerrorname_np(error);
    EXPECT_TRUE(more < 12 || (status == 0 && error == 0)) << more;
  }
}

}  // namespace
}  // namespace sdk_test
