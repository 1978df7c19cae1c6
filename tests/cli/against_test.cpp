// `run --against`: an older build of a backend, paired with it in one run.
#include "cli/fixture.hpp"

namespace iodyno::test {
namespace {

constexpr int kMistake = 2, kSlower = 4;

class Against : public Cli {
 protected:
  Against() {
    write_text(work() / "s.yaml", R"(
scenario: s
dataset: {files: 1000, size: 100 B}
phases: [{name: look, op: stat}]
backends: [uring, posix, {posix: {pin: cores}, as: pinned}]
repetitions: 8
)");
  }
  /// With the backends of the scenario, or another one.
  Ended against(const std::string& plugin, const std::string& backend = "") const {
    std::vector<std::string> arguments = {"s.yaml", "--quiet", "--against", plugin};
    if (!backend.empty()) arguments.insert(arguments.end(), {"--backend", backend});
    return measure(arguments);
  }
  std::set<std::string> labels() const {
    std::set<std::string> all;
    for (const auto& sample : samples("s")) {
      const std::string name = sample.at("name");
      const auto begin = name.find("backend:") + 8;
      all.insert(name.substr(begin, name.find('/', begin) - begin));
    }
    return all;
  }
};

TEST_F(Against, EveryChoiceIsRunByBoth) {
  const auto ended = against(SLOWED_PLUGIN);
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(labels(), (std::set<std::string>{"posix", "posix-before", "pinned", "pinned-before"}));
  const auto context = results("s").at("context");
  EXPECT_EQ(context.at("iodyno.baseline"), "posix-before");
  EXPECT_EQ(context.at("iodyno.backend.posix-before.version"), "0.9");
  EXPECT_EQ(context.at("iodyno.backend.pinned-before.option.pin"), "cores");
  EXPECT_EQ(context.at("iodyno.backend.posix.version"), "1.0");
  EXPECT_TRUE(contains(ended.out, "backends against posix-before, paired by block"));
  EXPECT_TRUE(contains(ended.out, "backends against pinned-before, paired by block"));
}

TEST_F(Against, PrecisionIsThatOfTheLeastKnownPair) {
  const auto ended = measure({"s.yaml", "--quiet", "--against", SLOWED_PLUGIN, "--set",
                              "precision=50%", "--repetitions", "6"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  const std::string outcome = results("s").at("context").at("iodyno.precision.look");
  // Where others are at work, it takes many blocks.
  EXPECT_TRUE(outcome.starts_with("reached after ") || outcome == "not reached in 60 blocks")
      << outcome;
}

TEST_F(Against, WhatHasBecomeSlowerIsToldByTheStatus) {
  const auto ended = against(POSIX_PLUGIN, std::string("later=") + SLOWED_PLUGIN);
  EXPECT_EQ(ended.status, kSlower) << ended.out << ended.err;
  EXPECT_EQ(labels(), (std::set<std::string>{"later", "later-before"}));
  EXPECT_TRUE(contains(ended.out, "as long as later-before")) << ended.out;
}

TEST_F(Against, Mistakes) {
  const auto other = against(LIAR_PLUGIN);
  EXPECT_EQ(other.status, kMistake);
  EXPECT_TRUE(contains(other.err, "is an older `liar`, and s has no backend of that name"));
  EXPECT_EQ(against("./absent.so").status, kMistake);
  EXPECT_EQ(against("psix").status, kMistake);
  const auto no_backend = against(NO_ENTRY_LIBRARY);
  EXPECT_EQ(no_backend.status, kMistake);
  EXPECT_TRUE(is_one_line(no_backend.err)) << no_backend.err;
  const auto option = against(POSIX_PLUGIN, std::string(SLOWED_PLUGIN) + ":percent=10");
  EXPECT_EQ(option.status, kMistake) << "the older one has no such option";
}

}  // namespace
}  // namespace iodyno::test
