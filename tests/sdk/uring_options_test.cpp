// The options of the uring backend: each of them over all operations, with the same bytes.
#include <sys/stat.h>

#include <cerrno>

#include "fixture.hpp"

namespace sdk_test {
namespace {

using Options = std::map<std::string, iodyno_value>;

struct Rung {
  const char* name;
  Options options;
};

void PrintTo(const Rung& rung, std::ostream* out) { *out << rung.name; }

class UringOptions : public testing::TestWithParam<std::tuple<Rung, std::uint32_t>> {
 protected:
  void SetUp() override {
    if (direct() && session.status != 0) GTEST_SKIP() << session.error.text;
    ASSERT_EQ(session.status, 0) << session.error.text;
  }
  static bool direct() { return std::get<1>(GetParam()) == IODYNO_DIRECT; }
  void expect_bytes(const iodyno_completion& c, std::uint64_t bytes) {
    EXPECT_EQ(c.error, 0) << strerrorname_np(c.error);
    EXPECT_EQ(c.bytes, bytes);
  }

  const TempDir dir, dir2;
  Session session{uring(),
                  {.depth = 5,
                   .flags = std::get<1>(GetParam()),
                   .dir = dir.fd(),
                   .dir2 = dir2.fd(),
                   .options = std::get<0>(GetParam()).options}};
};

INSTANTIATE_TEST_SUITE_P(
    , UringOptions,
    testing::Combine(
        testing::Values(
            Rung{"defaults", {}}, Rung{"one_ring", {{"rings", {.i = 1}}}},
            Rung{"two_rings", {{"rings", {.i = 2}}}},
            Rung{"three_rings_without_chains", {{"rings", {.i = 3}}, {"chains", {.i = 0}}}},
            Rung{"more_rings_than_depth", {{"rings", {.i = 64}}}},
            Rung{"defer", {{"task_run", {.i = 1}}}}, Rung{"coop", {{"task_run", {.i = 2}}}},
            Rung{"plain", {{"task_run", {.i = 3}}}}, Rung{"no_chains", {{"chains", {.i = 0}}}},
            Rung{"no_registered_files", {{"registered_files", {.i = 0}}}},
            Rung{"fixed_buffers", {{"fixed_buffers", {.i = 1}}}},
            Rung{"no_fixed_buffers", {{"fixed_buffers", {.i = 2}}}},
            Rung{"few_entries", {{"entries", {.i = 1}}}},
            Rung{"one_transfer", {{"transfers", {.i = 1}}, {"wait", {.i = 1}}}},
            Rung{"many_transfers", {{"transfers", {.i = 64}}, {"wait", {.i = 1000}}}},
            Rung{"kernels_workers", {{"workers", {.i = 0}}}}, Rung{"async", {{"async", {.i = 1}}}},
            Rung{"sqpoll", {{"sqpoll", {.i = 1}}}}),
        testing::Values(0u, std::uint32_t{IODYNO_DIRECT})),
    [](const auto& param_info) {
      return std::get<0>(param_info.param).name +
             std::string(std::get<1>(param_info.param) ? "_direct" : "_buffered");
    });

TEST_P(UringOptions, EveryOperationDoesTheSame) {
  ASSERT_EQ(::mkdirat(dir.fd(), "full", 0755), 0);
  for (const std::uint64_t size :
       {std::uint64_t{0}, std::uint64_t{100}, 2 * kPage, 100 * kPage + 7}) {
    const std::string n = std::to_string(size), linked = "l" + n, soft = "s" + n, copied = "c" + n,
                      sub = "d" + n, temporary = "t" + n, inside = "full/" + n;
    const char* name = n.c_str();
    auto r = request(IODYNO_OP_CREATE, name, size, kPage);
    expect_bytes(session.run_one(r), size);
    EXPECT_EQ(dir.read(n), session.source(r));
    for (const auto length : {size, IODYNO_SIZE_UNKNOWN}) {
      expect_bytes(session.run_one(request(IODYNO_OP_READ, name, length)), size);
      EXPECT_EQ(session.delivered_by(0), session.source(r));
    }
    r = request(IODYNO_OP_OVERWRITE, name, size, 2 * kPage);
    r.flags = IODYNO_DURABLE;
    expect_bytes(session.run_one(r), size);
    EXPECT_EQ(dir.read(n), session.source(r));
    r = request(IODYNO_OP_REWRITE, name, size, 30 * kPage);
    expect_bytes(session.run_one(r), size);
    EXPECT_EQ(dir.read(n), session.source(r));
    r = request(IODYNO_OP_REPLACE, name, size, 3 * kPage, temporary.c_str());
    r.flags = IODYNO_DURABLE;
    expect_bytes(session.run_one(r), size);
    EXPECT_EQ(dir.read(n), session.source(r));
    EXPECT_FALSE(dir.has(temporary));
    for (const auto length : {size, IODYNO_SIZE_UNKNOWN}) {
      const std::string to = copied + (length == size ? "" : "u");
      auto copy = request(IODYNO_OP_COPY, name, length, 0, to.c_str());
      copy.flags = length == size ? IODYNO_DURABLE : 0;
      expect_bytes(session.run_one(copy), size);
      EXPECT_EQ(dir2.read(to), session.source(r));
    }
    const auto append = request(IODYNO_OP_APPEND, name, size, 4 * kPage);
    expect_bytes(session.run_one(append), size);
    EXPECT_EQ(dir.read(n), session.source(r) + session.source(append));
    expect_bytes(session.run_one(request(IODYNO_OP_STAT, name)), 2 * size);
    expect_bytes(session.run_one(request(IODYNO_OP_LINK, name, 0, 0, linked.c_str())), 0);
    expect_bytes(session.run_one(request(IODYNO_OP_SYMLINK, name, 0, 0, soft.c_str())), 0);
    expect_bytes(session.run_one(request(IODYNO_OP_RENAME, name, 0, 0, name)), 0);
    EXPECT_EQ(dir2.read(n), dir2.read(linked));
    EXPECT_EQ(std::filesystem::read_symlink(dir2 / soft), n);
    expect_bytes(session.run_one(request(IODYNO_OP_MKDIR, sub.c_str())), 0);
    expect_bytes(session.run_one(request(IODYNO_OP_RMDIR, sub.c_str())), 0);
    dir.write(inside, "");
    expect_bytes(session.run_one(request(IODYNO_OP_DELETE, inside.c_str())), 0);
    dir.write(inside, "");
  }
  expect_bytes(session.run_one(request(IODYNO_OP_LIST, "full")), 4);
}

TEST_P(UringOptions, BlocksDoTheSame) {
  const std::string text = text_of(200 * kPage);
  dir.write("file", text);
  ASSERT_EQ(session.open_files({"file", "file"}, IODYNO_WRITABLE), 0) << session.error.text;
  std::vector<iodyno_request> reads;
  for (std::uint64_t i = 0; i < 300; ++i)
    reads.push_back(block(IODYNO_OP_READ_BLOCK, i % 2, i * 7 % 100 * kPage, (1 + i % 90) * kPage));
  const auto done = session.run(reads);
  for (std::uint32_t i = 0; i < done.size(); ++i) {
    expect_bytes(done[i], reads[i].length);
    EXPECT_EQ(session.delivered_by(i), text.substr(reads[i].offset, reads[i].length));
  }
  auto write = block(IODYNO_OP_WRITE_BLOCK, 1, 3 * kPage, 90 * kPage, 7 * kPage);
  write.flags = IODYNO_DURABLE;
  expect_bytes(session.run_one(write), write.length);
  expect_bytes(session.run_one(block(IODYNO_OP_FSYNC, 0, 0, 0)), 0);
  EXPECT_EQ(dir.read("file"),
            text.substr(0, 3 * kPage) + session.source(write) + text.substr(93 * kPage));
}

TEST_P(UringOptions, FailuresInsideOfChainsLeaveOthersAlone) {
  dir.write("short", text_of(100));
  dir.write("file", text_of(2 * kPage));
  dir2.write("there", "mine");
  const std::string endless(300, 'x');
  const auto before = open_descriptors();
  std::vector<iodyno_request> requests;
  for (int i = 0; i < 100; ++i)
    for (const auto& r :
         {request(IODYNO_OP_READ, "short", 2 * kPage), request(IODYNO_OP_READ, "file", 2 * kPage),
          request(IODYNO_OP_READ, endless.c_str(), 100), request(IODYNO_OP_CREATE, "file", 100),
          request(IODYNO_OP_COPY, "file", 2 * kPage, 0, "there"),
          request(IODYNO_OP_COPY, "gone", 2 * kPage, 0, "to"),
          request(IODYNO_OP_OVERWRITE, "gone", kPage), request(IODYNO_OP_READ, "short", 100),
          request(IODYNO_OP_READ, ".", 100)})
      requests.push_back(r);
  const int expected[] = {ENODATA, 0, ENAMETOOLONG, EEXIST, EEXIST, ENOENT, ENOENT, 0, EISDIR};
  const auto done = session.run(requests);
  for (std::size_t i = 0; i < done.size(); ++i) {
    const int error = expected[i % 9];
    // A directory can't be opened with O_DIRECT.
    EXPECT_TRUE(done[i].error == error || (error == EISDIR && done[i].error == EINVAL && direct()))
        << i % 9 << ": " << strerrorname_np(done[i].error);
  }
  EXPECT_EQ(dir2.read("there"), "mine");

  // A name that the kernel refuses before it does anything: neither file may stay.
  auto r = request(IODYNO_OP_REPLACE, endless.c_str(), kPage, 0, "temporary");
  EXPECT_EQ(session.run_one(r).error, ENAMETOOLONG);
  EXPECT_FALSE(dir.has("temporary"));
  r = request(IODYNO_OP_COPY, "short", kPage, 0, "longer");
  EXPECT_EQ(session.run_one(r).error, ENODATA);
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace sdk_test
