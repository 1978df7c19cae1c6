// Texts that are small and would become large: each is refused by a limit that names itself, in
// memory that is bounded.
#include "scenario/plan.hpp"
#include "support.hpp"
#include "support/memory.hpp"

namespace iodyno::host {
namespace {

const std::string kHead = "scenario: bomb\n", kPhases = "phases: [{name: read, op: read}]\n";

constexpr std::uint64_t kMiB = 1 << 20;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kMemoryMax = 1024 * kMiB;  // of which most is the sanitizer's
#else
constexpr std::uint64_t kMemoryMax = 256 * kMiB;
#endif

/// `0,1,2,…`
std::string numbers(int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += (i == 0 ? "" : ",") + std::to_string(i);
  return all;
}

std::string repeated(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

void expect_refused(const std::string& text, const std::string& message) {
  ASSERT_LE(text.size(), kScenarioBytesMax);
  const auto memory = test::peak_memory([&] {
    const auto mistakes = mistakes_in(text);
    const auto tells = [&](const std::string& one) { return one.ends_with(message); };
    EXPECT_TRUE(std::ranges::any_of(mistakes, tells))
        << mistakes.size() << " mistakes, of which the first is " << mistakes.front();
    EXPECT_LE(mistakes.size(), 1001u);
  });
  EXPECT_LE(memory, kMemoryMax) << message;
}

TEST(Bombs, Laughs) {
  std::string laughs = kHead + "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'z'; ++c) {
    const auto before = std::string("*") + char(c - 1);
    laughs += std::string(1, c) + ": &" + c + " [" + before + repeated("," + before, 8) + "]\n";
  }
  expect_refused(laughs + kPhases, ": an anchor; a scenario has none: write the value again");
}

TEST(Bombs, ManyValues) {
  expect_refused(kHead + "phases: [" + repeated("a,", 500'000) + "]\n",
                 ": more than 100000 values");
  expect_refused(kHead + "phases: [" + repeated("[],", 300'000) + "]\n",
                 ": more than 100000 values");
}

TEST(Bombs, ManyOrLongKeys) {
  std::string keys;
  for (int i = 0; i < 100'000; ++i) keys += "k" + std::to_string(i) + ":\n";
  expect_refused(kHead + keys, ": more than 256 keys in one map");
  expect_refused(kHead + "? " + std::string(1'000'000, 'k') + "\n: 1\n",
                 ": a key of more than 1024 bytes");
}

TEST(Bombs, PointsThatAreLarge) {
  const auto depths = "depth: [" + repeated("1,", 9'999) + "1]";
  expect_refused(
      kHead + kPhases + "sweep: {pin: [[" + repeated("0,", 80'000) + "0]], " + depths + "}\n",
      ": sweep.pin[0]: the same CPU twice");
  expect_refused(kHead + kPhases + "sweep: {pin: [[" + numbers(1024) + "]], " + depths + "}\n",
                 ": sweep.pin: makes names of more than 1000 letters");
  expect_refused(kHead + kPhases + "sweep: {depth: [" + std::string(500'000, '1') + "], batch: [" +
                     numbers(10'000) + "]}\n",
                 "is too large; at most 65536");
  expect_refused(kHead + kPhases + "sweep: [{pin: [" + numbers(1024) + "]}]\n",
                 ": sweep[0]: makes names of more than 1000 letters");
}

TEST(Bombs, LongNamesInEachCase) {
  expect_refused(kHead + kPhases + "backends: [" + std::string(500'000, 'a') +
                     "]\nsweep: {depth: [" + numbers(10'000) + "]}\n",
                 "has more than 100 letters; give it a short one with `as: LABEL`");
  expect_refused(kHead + kPhases + "dataset: {from: " + std::string(500'000, 'a') + "}\n",
                 ": dataset.from: has more than 4095 bytes");
  expect_refused(kHead + kPhases + "about: " + std::string(500'000, 'a') + "\n",
                 ": about: has more than 4095 bytes");
}

TEST(Bombs, VariantsOfManyBackends) {
  std::string options = "x: [" + numbers(1000) + "]";
  for (int i = 0; i < 200; ++i) options += ", o" + std::to_string(i) + ": 1";
  std::string backends;
  for (int i = 0; i < 60; ++i) backends += "{b" + std::to_string(i) + ": {" + options + "}},";
  expect_refused(kHead + kPhases + "backends: [" + backends + "]\n",
                 ": backends: more than 1000 backends");
}

TEST(Bombs, MoreMistakesThanLines) {
  std::string first;
  for (int i = 0; i < 256; ++i) first += "k" + std::to_string(i) + ": 1,";
  expect_refused(kHead + kPhases + "sweep: [{" + first + "}," + repeated("{},", 9'999) + "]\n",
                 "more than 1000 mistakes; the others are not told");
  std::string phases = "dataset: {size: 1 MiB}\nphases:\n", blocks;
  for (int i = 0; i < 1000; ++i) phases += "- {name: p" + std::to_string(i) + ", op: read_block}\n";
  for (int i = 1; i <= 100; ++i) blocks += std::to_string(i) + " B,";
  expect_refused(kHead + phases + "direct: true\nsweep: {block: [" + blocks + "]}\n",
                 "more than 1000 mistakes; the others are not told");
}

TEST(Bombs, SizesToDraw) {
  const auto files = [](const std::string& count) {
    return kHead + "dataset: {files: " + count + ", size: {min: 1 B, max: 1 KiB}}\nphases:\n" +
           "- {name: read, op: read}\n- {name: stat, op: stat}\nbackends: [a]\n";
  };
  expect_refused(files("500000001"),
                 ": dataset.files: more than 1000000000 sizes to draw: files of unequal sizes, in "
                 "each case");
  EXPECT_EQ(mistakes_in(files("500000000")), Texts{});
}

/// As large as a plan can be, with all that a case can hold.
TEST(Bombs, TheLargestPlan) {
  std::string text = kHead + "dataset: {files: 1000000000, size: 8 GiB}\nrepetitions: 10000\n" +
                     "pin: [" + numbers(256) + "]\nlifecycle: true\nphases:\n";
  for (int i = 0; i < 10; ++i) {
    const auto number = std::to_string(i);
    text += "- {name: p" + number + std::string(98 - number.size(), '-') +
            ", op: " + (i == 0 ? "create" : "stat") + "}\n";
  }
  text += "sweep: {depth: [" + numbers(1'001).substr(2) + "]}\nbackends: [";
  for (int i = 0; i < 10; ++i) text += "b" + std::to_string(i) + std::string(98, '-') + ",";
  const auto memory = test::peak_memory([&] {
    auto scenario = parse(text + "]\n");
    std::vector<PlannedBackend> backends;
    for (const auto& choice : scenario.backends)
      backends.push_back({choice, {.name = choice.name, .ops = ~std::uint64_t{0}}, {}});
    const auto plan = make_plan(std::move(scenario), std::move(backends), nullptr, {});
    EXPECT_EQ(plan.cases.size(), 110'000u);
    EXPECT_EQ(cost_of(plan).trials, 1'100'000'000u);
  });
  EXPECT_LE(memory, 4 * kMemoryMax);
}

}  // namespace
}  // namespace iodyno::host
