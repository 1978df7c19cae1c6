// What a trial left behind is held against what it must have left: somebody else spoils it, after
// the clock and before the look.
#include <gtest/gtest.h>

#include "trial/rig.hpp"

namespace iodyno::host {
namespace {

namespace fs = std::filesystem;
using test::joined;
using test::phase_of;

const Dataset kFiles{.files = 20, .size = {5000, 5000}};

class Verify : public testing::Test {
 protected:
  using Spoil = std::function<void(const fs::path& set, const fs::path& second)>;

  /// The reasons for which a trial of `op` is invalid, one in a line.
  std::string reasons(iodyno_op op, const Spoil& spoil, std::uint64_t block = 0) {
    auto spec = rig.spec(POSIX_PLUGIN, {}, phase_of(op, block), kFiles);
    const auto set = rig.run / spec.directory, second = rig.run / spec.second_directory;
    if (op == IODYNO_OP_CREATE)
      for (const auto& name : test::names_in(set)) fs::remove(set / name);
    rig.at_stage = [&](const std::string& stage) {
      if (stage == "verify" && spoil) spoil(set, second);
    };
    const auto sample = rig.trial(spec);
    EXPECT_EQ(sample.error, "");
    return joined(sample.invalid);
  }

  static void flip(const fs::path& file, std::size_t at) {
    auto text = test::read_text(file);
    text.at(at) = char(text[at] ^ 1);
    test::write_text(file, text);
  }

  test::Rig rig;
};

TEST_F(Verify, FindsNothingWhereAllIsWell) {
  for (const auto op :
       {IODYNO_OP_CREATE, IODYNO_OP_OVERWRITE, IODYNO_OP_REWRITE, IODYNO_OP_REPLACE,
        IODYNO_OP_APPEND, IODYNO_OP_COPY, IODYNO_OP_DELETE, IODYNO_OP_RENAME, IODYNO_OP_LINK,
        IODYNO_OP_SYMLINK, IODYNO_OP_STAT, IODYNO_OP_READ, IODYNO_OP_LIST})
    EXPECT_EQ(reasons(op, {}), "") << op;
  for (const auto op : {IODYNO_OP_READ_BLOCK, IODYNO_OP_WRITE_BLOCK})
    EXPECT_EQ(reasons(op, {}, 1000), "") << op;
}

TEST_F(Verify, FindsAWrongByteInWhatWasWritten) {
  const Spoil spoil = [](const fs::path& set, const fs::path&) { flip(set / "f13", 4321); };
  for (const auto& [op, name] : {std::pair{IODYNO_OP_CREATE, "create"},
                                 {IODYNO_OP_OVERWRITE, "overwrite"},
                                 {IODYNO_OP_REWRITE, "rewrite"},
                                 {IODYNO_OP_REPLACE, "replace"},
                                 {IODYNO_OP_APPEND, "append"}})
    EXPECT_EQ(reasons(op, spoil),
              "read back: " + std::string(name) + " f13: byte 4321 is not what was written\n");
  EXPECT_EQ(reasons(IODYNO_OP_APPEND, [](const auto& set, auto&) { flip(set / "f13", 5001); }),
            "read back: append f13: byte 5001 is not what was written\n");
  EXPECT_EQ(reasons(IODYNO_OP_WRITE_BLOCK, spoil, 1000),
            "read back: write_block f13: byte 4321 is not what was written\n");
  EXPECT_EQ(reasons(IODYNO_OP_COPY, [](auto&, const auto& second) { flip(second / "f13", 7); }),
            "read back: copy f13: byte 7 is not what was written\n");
}

TEST_F(Verify, FindsAWrongSize) {
  const auto resize = [](std::uint64_t size) -> Spoil {
    return [size](const fs::path& set, const fs::path&) { fs::resize_file(set / "f05", size); };
  };
  EXPECT_EQ(reasons(IODYNO_OP_CREATE, resize(4999)),
            "read back: create f05: it has 4999 bytes instead of 5000\n");
  EXPECT_EQ(reasons(IODYNO_OP_OVERWRITE, resize(5001)),
            "read back: overwrite f05: it has 5001 bytes instead of 5000\n");
  EXPECT_EQ(reasons(IODYNO_OP_APPEND, resize(5000)),
            "read back: append f05: it has 5000 bytes instead of 10000\n");
  EXPECT_EQ(reasons(IODYNO_OP_WRITE_BLOCK, resize(4500), 1000),
            "read back: write_block f05: byte 4500 is not what was written\n");
  EXPECT_EQ(reasons(IODYNO_OP_COPY,
                    [](auto&, const auto& second) { fs::resize_file(second / "f05", 1); }),
            "read back: copy f05: it has 1 bytes instead of 5000\n");
}

TEST_F(Verify, FindsNamesThatShouldNotBeThereOrAreNot) {
  const auto write = [](const fs::path& set, const fs::path&) {
    test::write_text(set / "f02", "");
  };
  EXPECT_EQ(reasons(IODYNO_OP_DELETE, write), "read back: delete f02: it is still there\n");
  EXPECT_EQ(reasons(IODYNO_OP_RENAME, write), "read back: rename f02: it is still there\n");
  const auto remove = [](const fs::path&, const fs::path& second) { fs::remove(second / "f02"); };
  EXPECT_EQ(reasons(IODYNO_OP_RENAME, remove),
            "read back: stat f02: No such file or directory (ENOENT)\n");
  EXPECT_EQ(reasons(IODYNO_OP_COPY, remove),
            "read back: open f02: No such file or directory (ENOENT)\n");
  EXPECT_EQ(reasons(IODYNO_OP_REPLACE,
                    [](const auto& set, auto&) { test::write_text(set / "f02.new", ""); }),
            "read back: replace f02.new: it is still there\n");
}

TEST_F(Verify, FindsLinksThatAreNone) {
  const auto rewrite = [](const fs::path&, const fs::path& second) {
    fs::remove(second / "f02");
    test::write_text(second / "f02", "");
  };
  EXPECT_EQ(reasons(IODYNO_OP_LINK, rewrite), "read back: link f02: it is not a link to f02\n");
  EXPECT_EQ(reasons(IODYNO_OP_SYMLINK, rewrite),
            "read back: readlink f02: Invalid argument (EINVAL)\n");
  EXPECT_EQ(reasons(IODYNO_OP_SYMLINK,
                    [](auto&, const auto& second) {
                      fs::remove(second / "f02");
                      fs::create_symlink("elsewhere", second / "f02");
                    }),
            "read back: symlink f02: it says \"elsewhere\" instead of \"f02\"\n");
}

TEST_F(Verify, LooksAtTheFirstTrialAlone) {
  auto spec = rig.spec(POSIX_PLUGIN, {}, phase_of(IODYNO_OP_OVERWRITE));
  spec.verify = false;
  rig.trial(spec);
  EXPECT_EQ(std::ranges::count(rig.stages, "verify"), 0);
}

TEST_F(Verify, LooksAtEachStepOfALifecycle) {
  auto spec = rig.spec(POSIX_PLUGIN, {}, phase_of(IODYNO_OP_CREATE), kFiles);
  for (const auto& name : test::names_in(rig.run / spec.directory))
    fs::remove(rig.run / spec.directory / name);
  spec.lifecycle = true;
  for (const auto op : {IODYNO_OP_READ, IODYNO_OP_OVERWRITE, IODYNO_OP_APPEND, IODYNO_OP_OVERWRITE,
                        IODYNO_OP_READ, IODYNO_OP_DELETE})
    spec.steps.push_back(phase_of(op));
  for (std::size_t i = 0; i < spec.steps.size(); ++i) spec.steps[i].name = std::to_string(i);
  const auto sample = rig.trial(spec);
  EXPECT_EQ(sample.error, "");
  EXPECT_EQ(joined(sample.invalid), "");
  EXPECT_EQ(std::ranges::count(rig.stages, "verify"), 7);

  // The second write of the same file is not the first one.
  for (const auto& name : test::names_in(rig.run / spec.directory))
    fs::remove(rig.run / spec.directory / name);
  std::string before;
  int steps = 0;
  rig.at_stage = [&](const std::string& stage) {
    if (stage != "verify") return;
    const auto file = rig.run / spec.directory / "f00";
    if (steps == 1) before = test::read_text(file);
    if (steps++ == 2) test::write_text(file, before);
  };
  EXPECT_EQ(joined(rig.trial(spec).invalid),
            "read back: overwrite f00: byte 0 is not what was written\n");
}

/// Some requests of a mix are reads of files that are there, others are writes.
TEST_F(Verify, LooksAtMixes) {
  Phase mix{.name = "mix",
            .ops = {{IODYNO_OP_READ, 2}, {IODYNO_OP_OVERWRITE, 1}, {IODYNO_OP_DELETE, 1}},
            .rehearse = false};
  auto sample = rig.trial(rig.spec(POSIX_PLUGIN, {}, mix, kFiles));
  EXPECT_EQ(joined(sample.invalid), "");
  EXPECT_EQ(sample.error, "");
  Phase blocks{.name = "blocks",
               .ops = {{IODYNO_OP_READ_BLOCK, 7}, {IODYNO_OP_WRITE_BLOCK, 3}},
               .rehearse = false,
               .block = 1000,
               .time_ns = 5'000'000,
               .order = {.kind = Order::Kind::zipf, .theta = 0.9}};
  sample = rig.trial(rig.spec(POSIX_PLUGIN, {}, blocks, kFiles));
  EXPECT_EQ(joined(sample.invalid), "");
  EXPECT_EQ(sample.error, "");
}

}  // namespace
}  // namespace iodyno::host
