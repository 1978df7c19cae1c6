// How long a backend that calibrates is rehearsed, and what becomes of what it keeps.
#include "trial/rehearsal.hpp"

#include <gtest/gtest.h>

#include "trial/rig.hpp"

namespace iodyno::host {
namespace {

class Calibration : public testing::Test {
 protected:
  static Phase phase(iodyno_op op) { return {.name = std::to_string(op), .ops = {{op}}}; }
  TrialSpec spec(const std::string& batches, const Phase& one) {
    return rig.spec(APPRENTICE_PLUGIN, {{"batches", batches}}, one,
                    {.files = 5000, .size = {10, 10}});
  }
  test::Rig rig;
};

TEST_F(Calibration, GoesOnUntilSomethingIsKept) {
  for (const std::string batches : {"1", "7"}) {
    const auto sample = rig.trial(spec(batches, phase(IODYNO_OP_CREATE)));
    ASSERT_TRUE(sample.usable()) << sample.error;
    EXPECT_EQ(sample.notes.at("rehearsals"), batches);
    EXPECT_EQ(sample.notes.at("requests"), std::to_string(1024 * std::stoi(batches)));
    EXPECT_EQ(sample.kept, "0;");
  }
}

TEST_F(Calibration, EndsAlsoWhereNothingIsKept) {
  const auto sample = rig.trial(spec("0", phase(IODYNO_OP_CREATE)));
  ASSERT_TRUE(sample.usable()) << sample.error;
  EXPECT_EQ(sample.notes.at("rehearsals"), "24");
  EXPECT_EQ(sample.kept, "");
}

TEST_F(Calibration, IsLongerForBlocksInMemory) {
  auto blocks = phase(IODYNO_OP_READ_BLOCK);
  blocks.block = 10;
  auto given = rig.spec(APPRENTICE_PLUGIN, {}, blocks, {.files = 100, .size = {100'000, 100'000}});
  EXPECT_GE(std::stoi(rig.trial(given).notes.at("requests")), 1024) << "the first batch";
  blocks.count = 100'000;
  blocks.batch = 100'000;
  given.steps = {blocks};
  EXPECT_EQ(rig.trial(given).notes.at("requests"), "16384");
  given.steps[0].cache = CacheState::as_is;
  EXPECT_EQ(rig.trial(given).notes.at("requests"), std::to_string(1024 + 16));
}

TEST_F(Calibration, IsKnownToTheNextStepOfALifecycleAndToTheNextTrial) {
  auto given = spec("1", phase(IODYNO_OP_CREATE));
  given.steps.push_back(phase(IODYNO_OP_READ));
  given.lifecycle = true;
  auto sample = rig.trial(given);
  ASSERT_TRUE(sample.usable()) << sample.error;
  EXPECT_EQ(sample.notes.at("kept"), "0;");
  EXPECT_EQ(sample.kept, "0;1;");
  given.kept = sample.kept;
  sample = rig.trial(given);
  EXPECT_EQ(sample.kept, "0;1;0;1;");
}

}  // namespace
}  // namespace iodyno::host
