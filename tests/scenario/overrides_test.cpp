#include "support.hpp"

namespace iodyno::host {
namespace {

const std::string kScenario =
    "scenario: test\n"
    "dataset: {files: 10}\n"
    "phases:\n"
    "  - {name: read, op: read}\n"
    "  - {name: read.cold, op: read, cache: cold}\n"
    "sweep: {depth: [1, 2]}\n"
    "backends: [posix, mmap]\n"
    "baseline: mmap\n";

Scenario with(const Texts& set, const Texts& backends = {}) {
  return parse(kScenario, {set, backends});
}
Texts wrong(const Texts& set, const Texts& backends = {}) {
  return mistakes_in(kScenario, {set, backends});
}

TEST(Set, KeysOfEveryPlace) {
  const auto scenario =
      with({"dataset.files=100", "dataset.size=4 KiB", "phases.read.cache=as_is",
            "phases.read.cold.batch=9", "sweep.depth=[4, 8, 16]", "repetitions=3", "consume=none"});
  EXPECT_EQ(scenario.dataset.files, 100u);
  EXPECT_EQ(scenario.dataset.size.max, 4096u);
  EXPECT_EQ(scenario.phases[0].cache, CacheState::as_is);
  EXPECT_EQ(scenario.phases[1].batch, 9u);
  EXPECT_EQ(scenario.points.size(), 3u);
  EXPECT_EQ(scenario.repetitions, 3u);
  EXPECT_EQ(scenario.phases[0].consume.kind, Consume::Kind::none);
}

TEST(Set, ValuesAreYaml) {
  const auto scenario = with({"dataset.size={min: 1 KiB, max: 2 KiB}", "backends=[null, posix]",
                              "baseline=null", "sweep=[{depth: 3, batch: 10}]"});
  EXPECT_EQ(scenario.dataset.size, (FileSize{1024, 2048, false}));
  EXPECT_EQ(scenario.backends[0].name, "null");
  EXPECT_EQ(scenario.baseline, "null");
  EXPECT_EQ(scenario.points.size(), 1u);
  EXPECT_EQ(with({"about=a=b"}).about, "a=b");
}

TEST(Set, TheLastOneStands) { EXPECT_EQ(with({"seed=1", "seed=2"}).seed, 2u); }

TEST(Set, MakesMapsThatAreNotThere) {
  const auto scenario = parse("scenario: test\nphases:\n  - {name: read, op: read}\n",
                              {{"dataset.files=7", "sweep.depth=[1, 2]"}, {}});
  EXPECT_EQ(scenario.dataset.files, 7u);
  EXPECT_EQ(scenario.points.size(), 2u);
}

TEST(Set, MistakesNameTheArgument) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"dataset.files", "--set dataset.files: must be KEY=VALUE"},
      {"=3", "--set =3: must be KEY=VALUE"},
      {"dataset.files=", "--set dataset.files=: dataset.files: needs a value"},
      {"dataset.files=many",
       "--set dataset.files=many: dataset.files: \"many\" is not a whole number, in digits"},
      {"dataset.fils=3",
       "--set dataset.fils=3: dataset.fils: unknown key; did you mean \"files\"?"},
      {"datset.files=3",
       "--set datset.files=3: datset.files: names no key; keys are KEY, dataset.KEY, sweep.KEY "
       "and phases.NAME.KEY; did you mean \"dataset\"?"},
      {"phases.read=3",
       "--set phases.read=3: phases.read: names no key; keys are KEY, dataset.KEY, sweep.KEY and "
       "phases.NAME.KEY"},
      {"phases.raed.depth=3",
       "--set phases.raed.depth=3: phases.raed.depth: no phase has the name \"raed\"; did you mean "
       "\"read\"?"},
      {"files=3", "--set files=3: files: unknown key; it belongs in dataset"},
      {"depth=[1, 2",
       "--set depth=[1, 2: depth: not YAML: a list within [ ] lacks a comma, or "
       "its end"},
      {"depth=*a", "--set depth=*a: depth: not YAML: the referenced anchor is not defined"},
      {"depth=1\n---\n2",
       "--set depth=1\\x0a---\\x0a2: depth: a second document; a scenario is one"},
      {"scenario.name=a",
       "--set scenario.name=a: scenario.name: names no key; keys are KEY, "
       "dataset.KEY, sweep.KEY and phases.NAME.KEY"},
  };
  for (const auto& [argument, message] : table) EXPECT_EQ(wrong({argument}), Texts{message});
}

TEST(Set, AllMistakesAtOnceAndWithThoseOfTheFile) {
  EXPECT_EQ(mistakes_in("scenario: a b\nphases:\n  - {name: read, op: read}\n",
                        {{"depth=0", "cache=hot"}, {}}),
            (Texts{"--set depth=0: depth: \"0\" is too small; at least 1",
                   "--set cache=hot: cache: \"hot\" is none of as_is, warm, cold",
                   "1:11: scenario: \"a b\" may have only letters, digits, and _ . -"}));
}

TEST(Set, DoesNotVanishBehindTheSweep) {
  const std::string text = "scenario: a\nphases:\n  - {name: read, op: read}\nsweep: ";
  const auto said = [&](const std::string& sweep, std::vector<std::string> set) {
    return mistakes_in(text + sweep + "\n", {std::move(set), {}});
  };
  EXPECT_EQ(said("{depth: [1, 2], files: [3]}",
                 {"depth=4", "phases.read.depth=4", "dataset.files=5", "sweep.depth=[8]"}),
            (Texts{"--set depth=4: depth: the sweep overrides it; set sweep.depth",
                   "--set phases.read.depth=4: phases.read.depth: the sweep overrides it; set "
                   "sweep.depth",
                   "--set dataset.files=5: dataset.files: the sweep overrides it; set "
                   "sweep.files"}));
  EXPECT_EQ(said("[{depth: 1}]", {"depth=4"}),
            Texts{"--set depth=4: depth: the sweep overrides it; set sweep"});
  EXPECT_EQ(said("{depth: [1]}", {"depth=4", "sweep={batch: [9]}", "cache=cold"}), Texts{});
}

TEST(Set, WhatIsNoMapHasNoKeys) {
  EXPECT_EQ(
      mistakes_in("scenario: a\nphases:\n  - {name: read, op: read}\nsweep: [{depth: 1}]\n",
                  {{"sweep.depth=[2]"}, {}}),
      Texts{"--set sweep.depth=[2]: sweep.depth: that part of the scenario is no map of keys"});
}

struct Spec {
  const char* text;
  const char* label;
  const char* name;
  std::vector<std::pair<std::string, std::string>> options;
};

TEST(BackendSpec, Forms) {
  const std::vector<Spec> table = {
      {"posix", "posix", "posix", {}},
      {"null", "null", "null", {}},
      {"mine=posix", "mine", "posix", {}},
      {"uring:sqpoll=true", "uring", "uring", {{"sqpoll", "true"}}},
      {"fast=uring:sqpoll=true,size=64 KiB",
       "fast",
       "uring",
       {{"sqpoll", "true"}, {"size", "64 KiB"}}},
      {"./libiodyno-my.so", "my", "./libiodyno-my.so", {}},
      {"/opt/a=b/x.so:o=1", "x", "/opt/a=b/x.so", {{"o", "1"}}},
      {"x=/opt/a=b/x.so", "x", "/opt/a=b/x.so", {}},
      {"uring:note=a=b", "uring", "uring", {{"note", "a=b"}}},
  };
  for (const auto& spec : table) {
    const auto scenario = with({}, {spec.text});
    ASSERT_EQ(scenario.backends.size(), 1u) << spec.text;
    const auto& backend = scenario.backends[0];
    EXPECT_EQ(backend.label, spec.label) << spec.text;
    EXPECT_EQ(backend.name, spec.name) << spec.text;
    ASSERT_EQ(backend.options.size(), spec.options.size()) << spec.text;
    for (std::size_t i = 0; i < spec.options.size(); ++i) {
      EXPECT_EQ(backend.options[i].name, spec.options[i].first);
      EXPECT_EQ(backend.options[i].value.text, spec.options[i].second);
    }
  }
}

TEST(BackendSpec, ReplacesTheListAndABaselineThatWentWithIt) {
  EXPECT_EQ(with({}, {"uring", "posix"}).baseline, "uring");
  EXPECT_EQ(with({}, {"uring", "mmap"}).baseline, "mmap");
  EXPECT_EQ(with({"baseline=posix"}, {"uring", "posix"}).baseline, "posix");
}

TEST(BackendSpec, Mistakes) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", "--backend : backends[0]: needs the name of a backend"},
      {"a=", "--backend a=: backends[0]: needs the name of a backend"},
      {"=posix", "--backend =posix: backends[0].as: must be a label"},
      {"uring:", "--backend uring:: backends: \"\" must be option=value"},
      {"uring:sqpoll", "--backend uring:sqpoll: backends: \"sqpoll\" must be option=value"},
      {"uring:a=1,", "--backend uring:a=1,: backends: \"\" must be option=value"},
      {"uring:a=", "--backend uring:a=: backends[0].uring.a: needs a value, or a list of values"},
      {"uring:a=1,a=2", "--backend uring:a=1,a=2: backends[0].uring.a: given twice"},
      {"my label=posix",
       "--backend my label=posix: backends[0].posix: the label \"my label\" may "
       "have only letters, digits, and _ . -"},
  };
  for (const auto& [spec, message] : table) EXPECT_EQ(wrong({}, {spec}), Texts{message});
  EXPECT_EQ(wrong({}, {"posix", "posix"}),
            Texts{"--backend posix: backends[1].posix: two backends have the label \"posix\"; give "
                  "one another with `as: LABEL`"});
}

}  // namespace
}  // namespace iodyno::host
