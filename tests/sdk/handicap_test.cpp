// What handicap adds to posix: time, as much as it was told to.
#include <algorithm>
#include <iodyno/config.hpp>

#include "fixture.hpp"

namespace sdk_test {
namespace {

constexpr std::size_t kRequests = 2000;

/// The shortest of some batches: what others do on this machine only makes them longer.
struct Timed {
  std::uint64_t wall_ns = UINT64_MAX, stamped_ns = 0;
};

class Slowed {
 public:
  Slowed(const TempDir& dir, std::int64_t percent)
      : session_(handicap(),
                 {.dir = dir.fd(), .dir2 = dir.fd(), .options = {{"percent", {.i = percent}}}}) {
    EXPECT_EQ(session_.notes.at("handicap"),
              "each thread is slowed down by " + std::to_string(percent) + " % of its time");
  }

  const Timed& shortest() const { return shortest_; }

  void run_a_batch() {
    const auto before = iodyno::now();
    const auto done = session_.run(std::vector(kRequests, request(IODYNO_OP_READ, "file", 5)));
    const auto after = iodyno::now();
    EXPECT_LE(before, done.front().start_ns);
    EXPECT_LE(done.back().end_ns, after);
    std::uint64_t stamped_ns = 0, last = 0;
    for (const auto& one : done) {
      EXPECT_EQ(one.error, 0);
      EXPECT_LE(last, one.start_ns);
      EXPECT_LE(one.start_ns, one.end_ns);
      last = one.end_ns;
      stamped_ns += one.end_ns - one.start_ns;
    }
    EXPECT_LE(stamped_ns, after - before);
    if (after - before < shortest_.wall_ns) shortest_ = {after - before, stamped_ns};
  }

 private:
  Session session_;
  Timed shortest_;
};

TEST(Handicap, DescribesItself) {
  EXPECT_STREQ(handicap().name, "handicap");
  EXPECT_EQ(handicap().ops, posix().ops);
  EXPECT_EQ(handicap().flags, posix().flags & ~std::uint32_t{IODYNO_PACED});
  ASSERT_EQ(handicap().option_count, posix().option_count + 1);
  EXPECT_STREQ(handicap().options[0].name, "percent");
  for (std::uint32_t i = 0; i < posix().option_count; ++i)
    EXPECT_STREQ(handicap().options[i + 1].name, posix().options[i].name);
  EXPECT_EQ(Session(handicap(), {.flags = IODYNO_PACED}).status, ENOTSUP);
}

TEST(Handicap, TakesSoMuchLongerAndItsStampsSayIt) {
  const TempDir dir;
  dir.write("file", "12345");
  Slowed without(dir, 0), with(dir, 300);
  const auto times = [&] {
    return double(with.shortest().wall_ns) / double(without.shortest().wall_ns);
  };
  // In turns, until neither of the shortest was held up by what else goes on here.
  for (int i = 0; i < 15 || (i < 300 && (times() < 3.2 || times() > 8)); ++i) {
    without.run_a_batch();
    with.run_a_batch();
  }
  EXPECT_GE(times(), 3.2);
  EXPECT_LE(times(), 8) << "four times, and a little for waiting";
  EXPECT_GE(double(with.shortest().stamped_ns), 0.9 * double(with.shortest().wall_ns))
      << "the waiting is in the stamps";
}

}  // namespace
}  // namespace sdk_test
