// What the mmap backend alone has: its options, and what becomes of bus errors.
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <functional>
#include <string_view>
#include <thread>

#include "fixture.hpp"

namespace sdk_test {
namespace {

constexpr std::int64_t kDirect = 0, kCopy = 1;          // access
constexpr std::int64_t kNone = 0, kAuto = 1, kAll = 2;  // populate

Opening opening_of(const TempDir& dir, std::map<std::string, iodyno_value> options = {},
                   std::uint32_t depth = 1) {
  return {.depth = depth, .dir = dir.fd(), .dir2 = dir.fd(), .options = std::move(options)};
}

/// A session of a host that does with each piece what a test says.
class Hosted {
 public:
  using Delivery = std::function<void(std::string_view piece)>;

  Hosted(const TempDir& dir, std::map<std::string, iodyno_value> options, Delivery delivery = {},
         iodyno_expect expect = IODYNO_WARM)
      : delivery_(std::move(delivery)), source_(kPage) {
    const auto& backend = mapping();
    for (std::uint32_t i = 0; i < backend.option_count; ++i) {
      const auto given = options.find(backend.options[i].name);
      values_.push_back(given != options.end() ? given->second : backend.options[i].fallback);
    }
    config_ = {.size = sizeof config_,
               .queue_depth = 1,
               .flags = 0,
               .max_batch = 1,
               .dir_fd = dir.fd(),
               .dir_fd2 = dir.fd(),
               .expect = std::uint32_t(expect),
               .reserved = 0,
               .kept = nullptr,
               .options = values_.data(),
               .buffers = nullptr,
               .buffer_size = 0,
               .source = source_.data(),
               .source_size = kPage,
               .source_tail = 0,
               .host = &host_};
    iodyno_error error{};
    std::uint64_t ops;
    EXPECT_EQ(backend.open(&config_, &session_, &ops, &error), 0) << error.text;
  }
  Hosted(const Hosted&) = delete;
  ~Hosted() { mapping().close(session_); }

  int open_files(std::vector<const char*> paths, std::uint32_t flags) {
    iodyno_error error{};
    return mapping().open_files(session_, paths.data(), std::uint32_t(paths.size()), flags, &error);
  }
  int run_one(const iodyno_request& r) {
    iodyno_completion done{IODYNO_PENDING, 0, 0, 0, 0};
    const iodyno_batch batch{sizeof batch, 1, 0, 0, 0, &r, &done};
    iodyno_error error{};
    EXPECT_EQ(mapping().run(session_, &batch, &error), 0) << error.text;
    return done.error;
  }

 private:
  const Delivery delivery_;
  Pages source_;
  std::vector<iodyno_value> values_;
  iodyno_host host_{sizeof(iodyno_host),
                    IODYNO_ABI_MINOR,
                    this,
                    [](void*, const char*, const char*) {},
                    [](void*, const char*, double) {},
                    [](void*, std::uint32_t, const char*) {},
                    [](void*, const char*) {},
                    [](void* s, std::uint32_t, std::uint64_t, const void* data, std::uint64_t n) {
                      static_cast<Hosted*>(s)->delivery_({static_cast<const char*>(data), n});
                    }};
  iodyno_config config_{};
  iodyno_session* session_ = nullptr;
};

struct Handler {
  static struct sigaction now() {
    struct sigaction action = {};
    ::sigaction(SIGBUS, nullptr, &action);
    return action;
  }
  explicit Handler(void (*handler)(int, siginfo_t*, void*)) {
    struct sigaction action = {};
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO;
    ::sigaction(SIGBUS, &action, &before);
  }
  ~Handler() { ::sigaction(SIGBUS, &before, nullptr); }
  struct sigaction before = {};
};

std::uint64_t resident_kib(const char* name) {
  std::ifstream maps("/proc/self/smaps");
  bool inside = false;
  for (std::string line; std::getline(maps, line);) {
    if (line.find('-') < line.find(' ')) inside = line.ends_with(name);
    if (inside && line.starts_with("Rss:")) return std::stoull(line.substr(4));
  }
  return 0;
}

// --- Options

TEST(Mmap, EachOptionReadsAndWritesTheSame) {
  const std::string text = text_of((1 << 20) + 3);
  for (const std::int64_t access : {kDirect, kCopy})
    for (const std::int64_t populate : {kNone, kAuto, kAll})
      for (const std::int64_t advice : {0, 1, 2, 3})
        for (const std::int64_t window : {0, 1, 5000, 1 << 16}) {
          const TempDir dir;
          Session session(mapping(), opening_of(dir, {{"access", {.i = access}},
                                                      {"populate", {.i = populate}},
                                                      {"advice", {.i = advice}},
                                                      {"huge", {.i = access}},
                                                      {"window", {.i = window}}}));
          ASSERT_EQ(session.status, 0) << session.error.text;
          dir.write("file", text);
          expect_done(session.run_one(request(IODYNO_OP_READ, "file", text.size())), text.size());
          EXPECT_EQ(session.delivered_by(0), text);
          const auto write = request(IODYNO_OP_CREATE, "new", 100'001, 3);
          expect_done(session.run_one(write), write.length);
          EXPECT_EQ(dir.read("new"), session.source(write));
          expect_done(session.run_one(request(IODYNO_OP_COPY, "file", text.size(), 0, "to")),
                      text.size());
          EXPECT_EQ(dir.read("to"), text);
          ASSERT_EQ(session.open_files({"file"}, 0), 0) << session.error.text;
          expect_done(session.run_one(block(IODYNO_OP_READ_BLOCK, 0, kPage, 9 * kPage)), 9 * kPage);
          EXPECT_EQ(session.delivered_by(0), text.substr(kPage, 9 * kPage));
        }
}

TEST(Mmap, DirectHandsOverOnePieceAndCopyTheBuffers) {
  const TempDir dir;
  dir.write("file", text_of(10 * kPage));
  for (const std::int64_t access : {kDirect, kCopy}) {
    Session session(mapping(), opening_of(dir, {{"access", {.i = access}}}));
    session.run_one(request(IODYNO_OP_READ, "file", 10 * kPage));
    EXPECT_EQ(session.delivered[0].size(), access == kDirect ? 1u : 3u);  // buffers of four pages
  }
}

TEST(Mmap, AWindowIsNoLargerThanAsked) {
  const TempDir dir;
  dir.write("file", text_of(10 * kPage));
  Session session(mapping(), opening_of(dir, {{"window", {.i = 2 * kPage + 1}}}));
  session.run_one(request(IODYNO_OP_READ, "file", 10 * kPage));
  EXPECT_EQ(session.delivered[0].size(), 4u) << "it is rounded up to three pages";
}

TEST(Mmap, TellsWhatItDid) {
  const TempDir dir;
  dir.write("a", text_of(8 * kPage));
  dir.write("empty", "");
  Session session(mapping(), opening_of(dir, {{"huge", {.i = 1}}}));
  EXPECT_NE(session.notes.at("names"), "");
  ASSERT_EQ(session.open_files({"a", "empty"}, 0), 0);
  EXPECT_EQ(session.notes.at("mapped"), "32 KiB");
  EXPECT_EQ(session.notes.at("populated"), "32 KiB");
  EXPECT_TRUE(session.notes.contains("huge"));
  EXPECT_EQ(session.run_one(block(IODYNO_OP_READ_BLOCK, 1, 0, 1)).error, ENODATA);
  EXPECT_TRUE(session.counts.contains("minor_faults"));
  EXPECT_TRUE(session.counts.contains("major_faults"));
}

TEST(Mmap, OnlyAWarmSetIsPopulated) {
  const TempDir dir;
  dir.write("populated-file", text_of(64 * kPage));
  for (const std::int64_t populate : {kNone, kAuto, kAll})
    for (const auto expect : {IODYNO_AS_IS, IODYNO_WARM, IODYNO_COLD})
      for (const std::uint32_t flags : {0u, std::uint32_t{IODYNO_WRITABLE}}) {
        Hosted session(dir, {{"populate", {.i = populate}}}, {}, expect);
        ASSERT_EQ(session.open_files({"populated-file"}, flags), 0);
        const bool wanted = flags == 0 ? populate != kNone : populate == kAll;
        EXPECT_EQ(resident_kib("populated-file"), wanted && expect == IODYNO_WARM ? 256u : 0u);
      }
}

// --- The open set

TEST(Mmap, AFileMayGrow) {
  const TempDir dir;
  const std::string text = text_of(9 * kPage);
  dir.write("file", text.substr(0, 3 * kPage));
  Session session(mapping(), opening_of(dir, {}, 2));
  ASSERT_EQ(session.open_files({"file"}, IODYNO_WRITABLE), 0);
  dir.write("file", text);
  expect_done(session.run_one(block(IODYNO_OP_READ_BLOCK, 0, 2 * kPage, 5 * kPage)), 5 * kPage);
  EXPECT_EQ(session.delivered_by(0), text.substr(2 * kPage, 5 * kPage));
  auto write = block(IODYNO_OP_WRITE_BLOCK, 0, 20 * kPage, kPage);
  write.flags = IODYNO_DURABLE;
  expect_done(session.run_one(write), kPage, IODYNO_FALLBACK);
  EXPECT_EQ(dir.read("file").substr(20 * kPage), session.source(write));
  EXPECT_TRUE(session.notes.contains("stores"));
}

TEST(Mmap, BlocksOfAFileOf5GiB) {
  const TempDir dir;
  constexpr std::uint64_t kSize = std::uint64_t{5} << 30, kFar = kSize - 3 * kPage;
  dir.write("file", "");
  ASSERT_EQ(::truncate((dir / "file").c_str(), kSize), 0);
  Session session(mapping(), opening_of(dir, {{"populate", {.i = kNone}}}));
  ASSERT_EQ(session.open_files({"file"}, IODYNO_WRITABLE), 0) << session.error.text;
  const auto write = block(IODYNO_OP_WRITE_BLOCK, 0, kFar, kPage);
  expect_done(session.run_one(write), kPage);
  expect_done(session.run_one(block(IODYNO_OP_READ_BLOCK, 0, kFar - kPage, 2 * kPage)), 2 * kPage);
  EXPECT_EQ(session.delivered_by(0), std::string(kPage, 0) + session.source(write));
  EXPECT_EQ(session.run_one(block(IODYNO_OP_READ_BLOCK, 0, kSize - 1, 2)).error, ENODATA);
  EXPECT_EQ(session.run_one(block(IODYNO_OP_READ_BLOCK, 0, UINT64_MAX - 1, 2)).error, ENODATA);
}

TEST(Mmap, ASetThatCanNotBeMappedSaysWhy) {
  const TempDir dir;
  dir.write("file", "");
  if (::truncate((dir / "file").c_str(), std::int64_t{15} << 40) != 0)
    GTEST_SKIP() << "a file system with small files";
  Session session(mapping(), opening_of(dir, {{"populate", {.i = kNone}}}));
  const std::vector<const char*> nine(9, "file");  // together more than 47 bits of addresses
  EXPECT_EQ(session.open_files(nine, 0), ENOMEM);
  const std::string why = session.error.text;
  EXPECT_NE(why.find(" of 9: vm.max_map_count"), why.npos) << why;
  EXPECT_EQ(session.run_one(block(IODYNO_OP_READ_BLOCK, 0, 0, 1)).error, EBADF);
}

// --- Bus errors

TEST(Mmap, AFileThatHasBecomeShorterIsNoDataAndCanBecomeLongerAgain) {
  const TempDir dir;
  const std::string text = text_of(8 * kPage);
  for (const std::uint32_t depth : {1u, 3u})
    for (const std::int64_t access : {kDirect, kCopy}) {
      dir.write("file", text);
      Session session(mapping(), opening_of(dir, {{"access", {.i = access}}}, depth));
      ASSERT_EQ(session.open_files({"file"}, 0), 0);
      ASSERT_EQ(::truncate((dir / "file").c_str(), 3 * kPage), 0);
      for (int round = 0; round < 2; ++round) {
        const auto done = session.run({block(IODYNO_OP_READ_BLOCK, 0, kPage, 2 * kPage),
                                       block(IODYNO_OP_READ_BLOCK, 0, 2 * kPage, 3 * kPage),
                                       block(IODYNO_OP_READ_BLOCK, 0, 0, kPage),
                                       block(IODYNO_OP_READ_BLOCK, 0, 5 * kPage, kPage)});
        expect_done(done[0], 2 * kPage);
        EXPECT_EQ(session.delivered_by(0), text.substr(kPage, 2 * kPage));
        EXPECT_EQ(done[1].error, ENODATA);
        expect_done(done[2], kPage);
        EXPECT_EQ(done[3].error, ENODATA);
      }
      std::ofstream(dir / "file", std::ios::binary | std::ios::app) << text.substr(3 * kPage);
      expect_done(session.run_one(block(IODYNO_OP_READ_BLOCK, 0, 2 * kPage, 6 * kPage)), 6 * kPage);
      EXPECT_EQ(session.delivered_by(0), text.substr(2 * kPage));
    }
}

TEST(Mmap, AStoreBehindTheNewEndIsWritten) {
  const TempDir dir;
  dir.write("file", text_of(8 * kPage));
  Session session(mapping(), opening_of(dir));
  ASSERT_EQ(session.open_files({"file"}, IODYNO_WRITABLE), 0);
  ASSERT_EQ(::truncate((dir / "file").c_str(), kPage), 0);
  const auto write = block(IODYNO_OP_WRITE_BLOCK, 0, 4 * kPage, 2 * kPage, kPage);
  expect_done(session.run_one(write), 2 * kPage, IODYNO_FALLBACK);
  EXPECT_EQ(dir.read("file").substr(4 * kPage), session.source(write));
  expect_done(session.run_one(block(IODYNO_OP_READ_BLOCK, 0, 4 * kPage, 2 * kPage)), 2 * kPage);
  EXPECT_EQ(session.delivered_by(0), session.source(write));
}

TEST(Mmap, AFileIsTruncatedWhileABatchRuns) {
  const TempDir dir;
  constexpr std::uint64_t kPages = 64;
  const std::string text = text_of(kPages * kPage);
  dir.write("file", text);
  Session session(mapping(), opening_of(dir, {}, 3));
  ASSERT_EQ(session.open_files({"file"}, 0), 0);
  std::vector<iodyno_request> requests;
  for (std::uint64_t i = 0; i < 2000; ++i)
    requests.push_back(block(IODYNO_OP_READ_BLOCK, 0, i * 37 % kPages * kPage, kPage));
  std::atomic<bool> stop = false;
  std::thread other([&] {
    while (!stop) {
      (void)!::truncate((dir / "file").c_str(), kPages / 2 * kPage);
      (void)!::truncate((dir / "file").c_str(), kPages * kPage);
    }
  });
  const auto done = session.run(requests);
  stop = true;
  other.join();
  for (std::uint32_t i = 0; i < requests.size(); ++i) {
    const auto at = requests[i].offset;
    if (at < kPages / 2 * kPage) {
      expect_done(done[i], kPage);
      EXPECT_EQ(session.delivered_by(i), text.substr(at, kPage)) << i;
    } else if (done[i].error != 0) {  // EIO: it was there again when it was looked for
      EXPECT_TRUE(done[i].error == ENODATA || done[i].error == EIO) << done[i].error;
    }
  }
}

TEST(Mmap, AFileThatIsReadAsAWholeIsTruncated) {
  const TempDir dir;
  dir.write("file", text_of(8 * kPage));
  std::string seen;
  const auto shorten = [&](std::string_view piece) {
    EXPECT_EQ(::truncate((dir / "file").c_str(), 2 * kPage), 0);
    seen += piece;  // here it is not all there any more
  };
  for (const std::int64_t window : {std::int64_t(kPage), std::int64_t{0}}) {
    dir.write("file", text_of(8 * kPage));
    seen.clear();
    Hosted session(dir, {{"window", {.i = window}}}, shorten);
    EXPECT_EQ(session.run_one(request(IODYNO_OP_READ, "file", 8 * kPage)), ENODATA);
    EXPECT_EQ(seen.substr(0, 2 * kPage), text_of(8 * kPage).substr(0, 2 * kPage));
  }
}

/// A file system of 1 MiB below `dir`, where one may be mounted.
class SmallFileSystem {
 public:
  explicit SmallFileSystem(const TempDir& dir) : path_(dir / "") {
    mounted_ = ::mount("none", path_.c_str(), "tmpfs", 0, "size=1m") == 0;
    if (mounted_) fd_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  }
  SmallFileSystem(const SmallFileSystem&) = delete;
  ~SmallFileSystem() {
    if (!mounted_) return;
    ::close(fd_);
    ::umount2(path_.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  int fd() const { return fd_; }

 private:
  std::string path_;
  bool mounted_ = false;
  int fd_ = -1;
};

TEST(Mmap, AFullFileSystemIsNoSpace) {
  const TempDir dir;
  const SmallFileSystem small(dir);
  if (!small.mounted()) GTEST_SKIP() << "needs root, for a small file system";
  dir.write("hole", "");
  ASSERT_EQ(::truncate((dir / "hole").c_str(), 4 << 20), 0);
  dir.write("source", text_of(400'000));
  for (const std::int64_t populate : {kNone, kAll}) {
    Opening with = opening_of(dir, {{"populate", {.i = populate}}}, 2);
    with.dir = with.dir2 = small.fd();
    Session session(mapping(), with);
    EXPECT_EQ(session.run_one(request(IODYNO_OP_CREATE, "new", 2 << 20)).error, ENOSPC);
    ::unlinkat(small.fd(), "new", 0);
    EXPECT_EQ(session.run_one(request(IODYNO_OP_REPLACE, "new", 2 << 20, 0, "other")).error,
              ENOSPC);
    EXPECT_EQ(::faccessat(small.fd(), "other", F_OK, 0), -1);
    expect_done(session.run_one(request(IODYNO_OP_CREATE, "fits", 300'000)), 300'000);
    EXPECT_EQ(session.run_one(request(IODYNO_OP_COPY, "source", 400'000, 0, "to")).error, ENOSPC);
    EXPECT_EQ(session.run_one(request(IODYNO_OP_APPEND, "fits", 1 << 20)).error, ENOSPC);
    ASSERT_EQ(session.open_files({"hole"}, IODYNO_WRITABLE), 0);
    EXPECT_EQ(session.run_one(block(IODYNO_OP_WRITE_BLOCK, 0, 1 << 20, 1 << 20)).error, ENOSPC);
    session.open_files({}, 0);
    for (const char* name : {"fits", "to"}) ::unlinkat(small.fd(), name, 0);
    EXPECT_EQ(::truncate((dir / "hole").c_str(), 0), 0);
    EXPECT_EQ(::truncate((dir / "hole").c_str(), 4 << 20), 0);
  }
}

std::atomic<int> foreign = 0;
char* foreign_page = nullptr;
void serve_foreign(int, siginfo_t* info, void*) {
  ++foreign;
  EXPECT_EQ(info->si_addr, foreign_page);
  ::mmap(foreign_page, kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

TEST(Mmap, TheHandlerIsTheHostsAndGetsWhatIsNotOurs) {
  const TempDir dir;
  dir.write("file", text_of(4 * kPage));
  dir.write("foreign", "x");
  const int fd = ::open((dir / "foreign").c_str(), O_RDONLY | O_CLOEXEC);
  foreign_page = static_cast<char*>(::mmap(nullptr, kPage, PROT_READ, MAP_SHARED, fd, 0));
  ASSERT_EQ(::truncate((dir / "foreign").c_str(), 0), 0);
  const Handler handler(serve_foreign);
  {
    Hosted session(dir, {}, [](std::string_view) {
      EXPECT_NE(Handler::now().sa_sigaction, serve_foreign);
      EXPECT_EQ(*static_cast<volatile char*>(foreign_page), 0);
    });
    EXPECT_EQ(Handler::now().sa_sigaction, serve_foreign);
    foreign = 0;
    EXPECT_EQ(session.run_one(request(IODYNO_OP_READ, "file", 4 * kPage)), 0);
    EXPECT_EQ(foreign, 1);
    EXPECT_EQ(Handler::now().sa_sigaction, serve_foreign);
  }
  EXPECT_EQ(Handler::now().sa_sigaction, serve_foreign);
  ::munmap(foreign_page, kPage);
  ::close(fd);
}

TEST(MmapDeathTest, ABusErrorThatIsNobodysEndsTheProcess) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  const auto die = [](std::function<void()> how) {
    const TempDir dir;
    dir.write("file", text_of(kPage));
    ::signal(SIGBUS, SIG_DFL);
    Hosted session(dir, {}, [&](std::string_view) { how(); });
    session.run_one(request(IODYNO_OP_READ, "file", kPage));
  };
  EXPECT_EXIT(die([] { ::kill(::getpid(), SIGBUS); }), testing::KilledBySignal(SIGBUS), "");
  EXPECT_EXIT(die([] {
                const int fd = ::memfd_create("none", MFD_CLOEXEC);
                void* page = ::mmap(nullptr, kPage, PROT_READ, MAP_SHARED, fd, 0);
                (void)*static_cast<volatile char*>(page);
              }),
              testing::KilledBySignal(SIGBUS), "");
}

// --- Whole files

TEST(Mmap, ACopyKeepsTheHoles) {
  const TempDir dir;
  const std::string text = text_of(2 * kPage);
  constexpr std::int64_t kSize = 8 << 20;
  dir.write("from", text);
  ASSERT_EQ(::truncate((dir / "from").c_str(), kSize), 0);
  {
    std::fstream file(dir / "from", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(5 << 20) << text;
  }
  struct stat from = {}, to = {};
  ::stat((dir / "from").c_str(), &from);
  if (from.st_blocks * 512 >= kSize) GTEST_SKIP() << "a file system without holes";
  Session session(mapping(), opening_of(dir));
  expect_done(session.run_one(request(IODYNO_OP_COPY, "from", kSize, 0, "to")), kSize);
  EXPECT_EQ(dir.read("to"), dir.read("from"));
  const int fd = ::open((dir / "to").c_str(), O_RDONLY | O_CLOEXEC);
  ::fsync(fd);  // what is not allocated yet has no blocks
  ::fstat(fd, &to);
  ::close(fd);
  EXPECT_LT(to.st_blocks * 512, kSize / 4);
}

TEST(Mmap, AppendsToOneFileComeBehindEachOther) {
  const TempDir dir;
  dir.write("file", "");
  Session session(mapping(), opening_of(dir, {}, 3));
  const std::vector<iodyno_request> requests(200, request(IODYNO_OP_APPEND, "file", 1000));
  for (const auto& done : session.run(requests)) expect_done(done, 1000);
  std::string all;
  for (const auto& r : requests) all += session.source(r);
  EXPECT_EQ(dir.read("file"), all);
}

}  // namespace
}  // namespace sdk_test
