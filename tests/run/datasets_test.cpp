// The datasets of a run: how long they stand, and what is said of one that was changed.
#include "run/datasets.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <functional>

#include "support/scratch.hpp"
#include "trial/dataset.hpp"

namespace iodyno::host {
namespace {

namespace fs = std::filesystem;

class DatasetsOfARun : public testing::Test {
 protected:
  Case on(iodyno_op op, const Dataset& dataset) {
    return {.phase = "p", .steps = {{.name = "p", .ops = {{op}}}}, .dataset = dataset};
  }
  std::set<std::string> names() const { return test::names_in(run.path()); }

  const Dataset small{.files = 3, .size = {10, 10}}, other{.files = 4, .size = {10, 10}};
  test::TempDir dir;
  RunDirectory run{dir.path()};
  Datasets datasets{run, nullptr};
};

TEST_F(DatasetsOfARun, StandAsLongAsTheyMayServe) {
  const auto first = datasets.for_trial(on(IODYNO_OP_READ, small), 1, {});
  const auto& read = first.directory;
  EXPECT_TRUE(first.anew);
  datasets.keep_extents(read, 1.5);
  datasets.give_back(read, {});
  const auto again = datasets.for_trial(on(IODYNO_OP_STAT, small), 2, {});
  EXPECT_EQ(again.directory, read);
  EXPECT_FALSE(again.anew);
  EXPECT_EQ(again.extents_per_file, 1.5);
  const auto written = datasets.for_trial(on(IODYNO_OP_OVERWRITE, small), 3, {}).directory;
  EXPECT_NE(written, read) << "what was written in place is not what the host made";
  EXPECT_EQ(names(), (std::set<std::string>{".iodyno", read, written}));
  const auto created = datasets.for_trial(on(IODYNO_OP_CREATE, small), 4, {}).directory;
  EXPECT_TRUE(test::names_in(fs::path(run.path()) / created).empty());
  datasets.give_back(created, {});
  EXPECT_FALSE(names().contains(created));
  const auto next = datasets.for_trial(on(IODYNO_OP_READ, other), 5, {}).directory;
  EXPECT_EQ(names(), (std::set<std::string>{".iodyno", next})) << "it makes room";
  datasets.remove_all({});
  EXPECT_EQ(names(), std::set<std::string>{".iodyno"});
}

TEST_F(DatasetsOfARun, DoNotServeAgainAfterAFailure) {
  const auto read = datasets.for_trial(on(IODYNO_OP_READ, small), 1, {}).directory;
  datasets.discard(read, {});
  EXPECT_EQ(names(), std::set<std::string>{".iodyno"});
  const auto next = datasets.for_trial(on(IODYNO_OP_READ, small), 1, {});
  EXPECT_NE(next.directory, read);
  EXPECT_TRUE(next.anew);
}

/// A dataset, changed in each of some ways, and what is said of it then.
TEST_F(DatasetsOfARun, KnowWhatIsChanged) {
  using Change = std::function<void(const fs::path& file)>;
  const auto write = [](const std::string& text) -> Change {
    return [text](const fs::path& file) {
      const auto before = fs::last_write_time(file);
      test::write_text(file, text);
      fs::last_write_time(file, before + std::chrono::seconds(1));
    };
  };
  const auto remove = [](const fs::path& file) { fs::remove(file); };
  const auto name = Files(small).path(1);
  const auto text = [&] {
    const auto found = datasets.for_trial(on(IODYNO_OP_READ, small), 1, {});
    return test::read_text(fs::path(run.path()) / found.directory / name);
  }();
  struct Row {
    iodyno_op op;
    Change change;
    std::string said;
  };
  const std::vector<Row> rows = {
      {IODYNO_OP_READ, [](const fs::path&) {}, ""},
      {IODYNO_OP_READ, write(text), ""},
      {IODYNO_OP_READ, [](const fs::path& file) { fs::permissions(file, fs::perms::none); },
       " has other permissions"},
      {IODYNO_OP_READ, write(std::string(text.size(), '.')), " has other bytes"},
      {IODYNO_OP_READ, write("short"), " has 5 bytes instead of 10"},
      {IODYNO_OP_READ, remove, " is gone"},
      {IODYNO_OP_READ,
       [&](const fs::path& file) {
         remove(file);
         fs::create_symlink(Files(small).path(0), file);
       },
       " is no file any more"},
      {IODYNO_OP_OVERWRITE, write(std::string(text.size(), '.')), ""},
      {IODYNO_OP_OVERWRITE, write("short"), " has 5 bytes instead of 10"},
      {IODYNO_OP_OVERWRITE, remove, " is gone"},
  };
  for (const auto& [op, change, said] : rows) {
    const auto found = datasets.for_trial(on(op, small), 1, {});
    EXPECT_EQ(datasets.fault(found.directory), "");
    change(fs::path(run.path()) / found.directory / name);
    EXPECT_EQ(datasets.fault(found.directory), said.empty() ? "" : name + said);
    datasets.discard(found.directory, {});
  }
  const auto created = datasets.for_trial(on(IODYNO_OP_CREATE, small), 1, {});
  EXPECT_EQ(datasets.fault(created.directory), "") << "it does not stand";
}

TEST_F(DatasetsOfARun, KnowWhatATreeHeld) {
  test::TempDir tree;
  const std::string text(3'000'000, 'x');
  test::write_text(tree / "big", text);
  const auto original = tree / "big";
  fs::last_write_time(original, fs::last_write_time(original) - std::chrono::hours(1));
  auto from = small;
  from.from = tree.path();
  Datasets copies(run, std::make_shared<Tree>(scan_tree(tree.path())));
  const auto found = copies.for_trial(on(IODYNO_OP_READ, from), 1, {});
  const auto file = fs::path(run.path()) / found.directory / "big";
  const auto before = fs::last_write_time(file);
  fs::last_write_time(file, before + std::chrono::seconds(1));
  EXPECT_EQ(copies.fault(found.directory), "") << "it is only said to be younger";
  test::write_text(file, text.substr(1) + "y");
  fs::last_write_time(file, before + std::chrono::seconds(2));
  EXPECT_EQ(copies.fault(found.directory), "big has other bytes");
  fs::last_write_time(original, fs::file_time_type::clock::now() + std::chrono::seconds(5));
  EXPECT_EQ(test::errno_of([&] { copies.fault(found.directory); }), ESTALE);
  fs::remove(original);
  EXPECT_EQ(test::errno_of([&] { copies.fault(found.directory); }), ENOENT);
  Sample sample;
  EXPECT_FALSE(copies.is_whole(found.directory, sample, {}));
  EXPECT_TRUE(sample.invalid.empty()) << "it is not the trial's fault";
  EXPECT_EQ(sample.notes.count("host.dataset"), 1u);
}

TEST_F(DatasetsOfARun, LeaveNothingBehindWhenTheyCannotBeMade) {
  auto from = small;
  from.from = dir / "missing";
  auto tree = std::make_shared<Tree>();
  tree->directories = {"."};
  tree->files = {{"gone", 1, 0}};
  Datasets copies(run, tree);
  EXPECT_EQ(test::errno_of([&] { copies.for_trial(on(IODYNO_OP_READ, from), 1, {}); }), ENOENT);
  EXPECT_EQ(names(), std::set<std::string>{".iodyno"});
}

}  // namespace
}  // namespace iodyno::host
